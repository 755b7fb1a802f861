import type { ConvolutionTrace } from '@zeroskip/runner';
import { describe, expect, it } from 'vitest';
import { type Comparison, compareLayers } from '../../src/layers/comparison.ts';
import { nameFilter } from '../../src/layers/filter.ts';
import { comparisonTables, restLines } from '../../src/report/comparison-table.ts';
import { WIDTH } from '../../src/report/table.ts';
import { trace, tracedSamples } from '../support/fixtures.ts';
import { wideLines } from '../support/zeroskip.ts';

const traced = (name: string, ms: number, algorithm: string): ConvolutionTrace =>
  trace(name, { ms, algorithm, encodeMs: ms / 4, computeMs: ms / 2, loweredBytes: 10 * ms });
const nodes = ['a', 'b'].map((name) => ({ name, opType: 'Conv', inputs: ['x'], outputs: [`${name}1`] }));
const own = [
  tracedSamples(
    'zeroskip (im2col)',
    [traced('a', 8, 'im2col'), traced('b', 6, 'im2col')],
    [traced('a', 12, 'im2col'), traced('b', 6, 'im2col')],
  ),
  tracedSamples(
    'zeroskip (cps)',
    [traced('a', 4, 'cps'), traced('b', 5, 'direct')],
    [traced('a', 6, 'cps'), traced('b', 5, 'direct')],
  ),
];
const run = (ms: number) => [
  { node: 'ReorderInput', opType: 'ReorderInput', ms: 1 },
  { node: 'a1_nchwc', opType: 'Conv', ms },
  { node: 'Conv_7', opType: 'Conv', ms: 2 * ms },
  { node: 'p', opType: 'MaxPool', ms: 3 },
];
const peer = { contender: 'onnxruntime', runs: [run(10), run(30)] };
const cells = (line: string) => line.split(/ {2,}/);

describe('compareLayers', () => {
  it('puts the samples of all contenders side by side', () => {
    const { layers, rest } = compareLayers(nodes, own, peer);
    expect(layers.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(layers[0]).toMatchObject({
      density: 0.5,
      own: [
        { contender: 'zeroskip (im2col)', algorithm: 'im2col', samplesMs: [8, 12] },
        {
          contender: 'zeroskip (cps)',
          samplesMs: [4, 6],
          encodeMs: [1, 1.5],
          computeMs: [2, 3],
          loweredBytes: 50,
        },
      ],
      peer: { node: 'a1_nchwc', opType: 'Conv', samplesMs: [10, 30] },
    });
    expect(layers[1]!.peer).toBeUndefined();
    expect(rest).toEqual({
      contender: 'onnxruntime',
      operators: { ReorderInput: [1, 1], Conv: [20, 60], MaxPool: [3, 3] },
      missing: ['b'],
    });
  });

  it('works without a peer', () => {
    expect(compareLayers(nodes, own)).toMatchObject({ layers: [{ name: 'a' }, { name: 'b' }] });
    expect(compareLayers(nodes, own).rest).toBeUndefined();
  });
});

describe('comparisonTables', () => {
  it('compare with the peer, where it has the layer and the algorithm takes it', () => {
    const [, a, b, all] = comparisonTables(compareLayers(nodes, own, peer), new Set()).split('\n');
    expect(cells(a!).slice(5)).toEqual(['20.0', '10.0 (2.00×)', '5.00 (4.00×)']);
    expect(cells(b!).slice(5)).toEqual(['–', '6.00 (–)', '–']);
    expect(cells(all!)).toEqual(['all 1', '20.0', '10.0 (2.00×)', '5.00 (4.00×)']);
  });

  it('compare with im2col without a peer', () => {
    const [head, a] = comparisonTables(compareLayers(nodes, own), new Set()).split('\n');
    expect(cells(head!).slice(5)).toEqual(['im2col', 'cps']);
    expect(cells(a!).slice(5)).toEqual(['10.0', '5.00 (2.00×)']);
  });

  it('take any algorithm of a contender that chooses', () => {
    const chooser = [own[0]!, { ...own[1]!, name: 'zeroskip (plan)' }];
    const text = comparisonTables(compareLayers(nodes, chooser), new Set(['plan']));
    expect(cells(text.split('\n')[2]!).at(-1)).toBe('5.00 (1.20×)');
  });

  it('fit their width whatever the number of contenders and the names', () => {
    const name = `/a/${'long/'.repeat(20)}name/Conv`;
    const many = Array.from({ length: 9 }, (_, i) =>
      tracedSamples(`zeroskip (${i === 0 ? 'im2col' : `algorithm-number-${i}`})`, [
        { ...traced(name, 123456, 'x'), inputShape: [1, 65536, 16384, 16384], group: 65536 },
      ]),
    );
    const text = comparisonTables(compareLayers([], many), new Set());
    expect(wideLines(text)).toEqual([]);
    for (let i = 1; i < 9; i++) expect(text).toContain(`number-${i}`.slice(-6));
  });
});

describe('restLines', () => {
  it('tell where the peer spent its time besides', () => {
    expect(restLines(compareLayers(nodes, own, peer))).toEqual([
      'Beside the convolutions, onnxruntime: reordering of maps 1.00 ms; other operators 43.0 ms (Conv 40.0, MaxPool 3.00)',
      'Not found in its profile: b',
    ]);
  });

  it('fit their width whatever the names', () => {
    const comparison: Comparison = {
      layers: [],
      rest: {
        contender: 'onnxruntime',
        operators: {},
        missing: Array.from({ length: 20 }, (_, i) => `/a/very/long/name/${i}`.repeat(9)),
      },
    };
    expect(restLines(comparison).filter((line) => line.length > WIDTH)).toEqual([]);
    expect(restLines(comparison)[1]).toMatch(/ and 17 more$/);
  });
});

describe('nameFilter', () => {
  it.each([
    ['conv', '/stage1/conv1/Conv', true],
    ['stage1*Conv', '/stage1/conv1/Conv', true],
    ['stage2*Conv', '/stage1/conv1/Conv', false],
    ['a.b', 'axb', false],
    ['(', 'a(b', true],
  ])('%s in %s: %s', (text, name, expected) => {
    expect(nameFilter(text)(name)).toBe(expected);
  });
});
