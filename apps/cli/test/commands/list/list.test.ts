import { formats } from '@zeroskip/formats';
import { algorithms } from '@zeroskip/kernels';
import { describe, expect, it } from 'vitest';
import { wideLines, zeroskip } from '../../support/zeroskip.ts';

describe('zeroskip list', () => {
  it('lists every algorithm and instruction set', async () => {
    const { status, out } = await zeroskip('list');
    expect(status).toBe(0);
    for (const { id } of algorithms()) expect(out).toMatch(new RegExp(`^${id}\\b`, 'm'));
    for (const { id } of formats) expect(out).toMatch(new RegExp(`^${id}\\b`, 'm'));
    expect(out).toContain('in use');
    expect(wideLines(out)).toEqual([]);
  });
});
