import { describe, expect, it, vi } from 'vitest';
import { bestKind, moduleFile } from '../src/index.ts';

describe('the kind of module that is taken', () => {
  it('is what the engine has', () => {
    const newest = Number(process.versions.node.split('.')[0]) >= 22;
    expect(bestKind()).toEqual({ threads: true, relaxed: newest });
  });

  it('has no threads where memory cannot be shared', () => {
    vi.stubGlobal('crossOriginIsolated', false);
    expect(bestKind().threads).toBe(false);
    vi.unstubAllGlobals();
    vi.stubGlobal('SharedArrayBuffer', undefined);
    expect(bestKind().threads).toBe(false);
    vi.unstubAllGlobals();
  });

  it('names its file', () => {
    expect(moduleFile({ threads: false, relaxed: true })).toBe('zeroskip-relaxed.wasm');
  });
});
