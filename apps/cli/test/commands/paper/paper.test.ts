import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PaperReport } from '../../../src/commands/paper/measure.ts';
import { json, networkFolder, wideLines } from '../../support/zeroskip.ts';

const { folder, on } = networkFolder();

describe('zeroskip paper', () => {
  it('says what was claimed and what was measured', async () => {
    const path = (form: string) => folder.path(`paper.${form}`);
    const files = ['--json', path('json'), '--markdown', path('md')];
    const args = ['--threads', '1', '--runs', '1', '--budget', '0.01', ...files];
    const { status, out, err } = await on('paper', ...args);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(wideLines(out)).toEqual([]);
    const { claims, layers, easy } = json<PaperReport>(path('json'));
    // The plan may choose algorithms that have no format.
    const hasFormat = layers.some(({ chosen, bytes }) => Object.hasOwn(bytes, chosen));
    expect(claims).toHaveLength(hasFormat ? 11 : 10);
    expect(layers.map(({ name }) => name)).toEqual(['first', 'second']);
    expect(easy).toHaveLength(4);
    expect(readFileSync(path('md'), 'utf8').trim().split('\n')).toHaveLength(claims.length + 2);
  });
});
