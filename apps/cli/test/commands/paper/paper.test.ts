import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PAPER_ALGORITHMS } from '../../../src/commands/paper/claims.ts';
import type { PaperReport } from '../../../src/commands/paper/measure.ts';
import { METHODS } from '../../../src/commands/paper/protocol.ts';
import { json, networkFolder, wideLines, zeroskip } from '../../support/zeroskip.ts';

const { folder, on } = networkFolder();

describe('zeroskip paper', () => {
  it('says what was claimed and what was measured', async () => {
    const path = (form: string) => folder.path(`paper.${form}`);
    const files = ['--json', path('json'), '--markdown', path('md')];
    const args = ['--threads', '1', '--runs', '1', '--budget', '0.01', ...files];
    const { status, out, err } = await on('paper', ...args);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(wideLines(out)).toEqual([]);
    const { network, shapes } = json<PaperReport>(path('json'));
    const { claims, layers, authors } = network!;
    // The plan may choose algorithms that have no format.
    const hasFormat = layers.some(({ chosen, bytes }) => Object.hasOwn(bytes, chosen));
    expect(claims).toHaveLength(hasFormat ? 11 : 10);
    expect(layers.map(({ name }) => name)).toEqual(['first', 'second']);
    expect(authors.map(({ name }) => name)).toEqual(
      layers.filter(({ standard }) => standard).map(({ name }) => name),
    );
    expect(shapes).toEqual([]);
    expect(readFileSync(path('md'), 'utf8').trim().split('\n')).toHaveLength(claims.length + 2);
  });

  it('measures networks of shapes without a model', async () => {
    const file = folder.write(
      'shapes.txt',
      'a 3 12 11 8 3 1 1 1 0.5\nb 8 12 11 4 1x5 2 0 1 0.3\nc 8 9 9 8 1 1 0 1 0.3\nd 8 9 9 8 3 1 1 8 0.3\ne 8 9 9 8 3 1 1 1 -\n',
    );
    const path = folder.path('shapes.json');
    const args = ['--shapes', file, '--threads', '1', '--runs', '1', '--json', path];
    const { status, out, err } = await zeroskip('paper', ...args);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(wideLines(out)).toEqual([]);
    const { network, shapes } = json<PaperReport>(path);
    expect(network).toBeUndefined();
    const [{ authors, whole }] = shapes as [PaperReport['shapes'][number]];
    expect(authors.map(({ name, kernel }) => [name, ...kernel])).toEqual([
      ['a', 3, 3],
      ['b', 1, 5],
    ]);
    for (const { times } of authors) expect(Object.keys(times)).toEqual(METHODS.map(({ id }) => id));
    expect(whole.map(({ ms }) => Object.keys(ms))).toEqual([[...PAPER_ALGORITHMS], [...PAPER_ALGORITHMS]]);
  });

  it('asks for a model or shapes, and for input of a model', async () => {
    expect((await zeroskip('paper')).err).toContain('Expected a model, or --shapes for zeroskip paper');
    const { model } = folder;
    expect((await zeroskip('paper', model)).err).toContain('--inputs');
    expect((await zeroskip('paper', '--shapes', model, '--inputs', model)).err).toContain('Expected a model');
    expect((await zeroskip('paper', '--shapes', model, '--markdown', 'x.md')).err).toContain(
      'Expected a model',
    );
  });
});
