import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

/** A folder that each test finds empty. */
export interface TestFolder {
  path(name?: string): string;
  /** Writes a file, in folders that are made for it. @returns its path */
  write(name: string, bytes: Uint8Array): string;
}

export function testFolder(): TestFolder {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'zeroskip-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const path = (name = '') => join(folder, name);
  return {
    path,
    write(name, bytes) {
      mkdirSync(dirname(path(name)), { recursive: true });
      writeFileSync(path(name), bytes);
      return path(name);
    },
  };
}
