import { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { fingerprint64 } from '../../../src/ops/strings/fingerprint.ts';
import { code } from '../../support/refusal.ts';
import {
  b,
  graphModel,
  i,
  listI,
  loadGraph,
  op,
  placeholder,
  s,
  scalar,
  texts,
  type,
  vector,
} from '../graph-model.ts';
import type { Json } from '../layers-model.ts';

/** Strings as rows of bytes, with zeros behind each. */
function rows(...all: readonly string[]): Tensor {
  const encoded = all.map((text) => Buffer.from(text));
  const width = Math.max(...encoded.map(({ length }) => length));
  const bytes = new Uint8Array(all.length * width);
  for (const [at, text] of encoded.entries()) bytes.set(text, at * width);
  return new Tensor('uint8', bytes, [all.length, width]);
}

function strings({ data, dims }: Tensor): string[] {
  const width = dims.at(-1)!;
  const count = dims.slice(0, -1).reduce((a, c) => a * c, 1);
  return Array.from({ length: count }, (_, at) =>
    Buffer.from((data as Uint8Array).subarray(at * width, (at + 1) * width))
      .toString()
      .replace(/\0+$/, ''),
  );
}

const weights = {
  space: { shape: [], texts: [' '], dtype: 'string' },
  empty: { shape: [], texts: [''], dtype: 'string' },
  more: texts('ddd', 'b'),
  axis: scalar(0),
  order: vector(4, 3, 2, 1),
  square: vector(2, 2),
  halves: vector(0, 2, 3),
  keys: texts('a', 'bb'),
  numbers: vector(5, 7),
  found: { shape: [2], values: [1.5, 2.5] },
  absent: scalar(-1, 'float32'),
} as const;

async function run(nodes: readonly Json[], outputs: string[], feed: Tensor, extra = {}) {
  const input = placeholder('x', [-1], 'DT_STRING');
  const parts = { nodes: [input, ...nodes], weights, ...extra };
  await using session = await loadGraph(parts, { outputs });
  const results = await session.run({ x: feed });
  return outputs.map((name) => results[name]!);
}

const numbers = ({ data }: Tensor) => [...data].map(Number);

describe('strings of a graph model', () => {
  it('go in and out as rows of bytes', async () => {
    const nodes = [
      op('joined', 'ConcatV2', ['x', 'more', 'axis']),
      op('taken', 'GatherV2', ['joined', 'order', 'axis']),
      op('y', 'Reshape', ['taken', 'square']),
    ];
    const [out] = await run(nodes, ['y'], rows('aa', 'b', 'größe'));
    expect(out!.dims).toEqual([2, 2, 7]);
    expect(strings(out!)).toEqual(['b', 'ddd', 'größe', 'b']);
    await using session = await loadGraph({
      nodes: [placeholder('x', [-1], 'DT_STRING'), ...nodes],
      weights,
    });
    expect(session.inputMetadata[0]).toMatchObject({ type: 'uint8', shape: ['batch', ''] });
  });

  it('are compared', async () => {
    const nodes = [op('is', 'Equal', ['x', 'keys']), op('y', 'NotEqual', ['x', 'empty'])];
    const [is, not] = await run(nodes, ['is', 'y'], rows('', 'bb'));
    expect([numbers(is!), numbers(not!)]).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });

  it.each<[boolean, string, string[], number[]]>([
    [true, 'space', ['a', 'b', 'c'], [0, 0, 0, 1, 1, 0]],
    [false, 'space', ['a', '', 'b', 'c'], [0, 0, 0, 1, 0, 2, 1, 0]],
    [false, 'empty', ['a', ' ', ' ', 'b', 'c'], [0, 0, 0, 1, 0, 2, 0, 3, 1, 0]],
  ])('are split: without empty pieces %s, at %s', async (skips, at, expected, places) => {
    const nodes = [op('y', 'StringSplit', ['x', at], { skip_empty: b(skips) })];
    const [where, pieces, shape] = await run(nodes, ['y', 'y:1', 'y:2'], rows('a  b', 'c'));
    expect(strings(pieces!)).toEqual(expected);
    expect(numbers(where!)).toEqual(places);
    expect(numbers(shape!)).toEqual([2, expected.length - 1]);
  });

  it.each<[Json, string[], number[]]>([
    [{ ngram_widths: listI(2) }, ['a b'], [0, 1, 1]],
    [{ ngram_widths: listI(2), preserve_short_sequences: b(true) }, ['a b', 'c'], [0, 1, 2]],
    [
      { ngram_widths: listI(1, 2), pad_width: i(1), left_pad: s('<'), right_pad: s('>') },
      ['a', 'b', '< a', 'a b', 'b >', 'c', '< c', 'c >'],
      [0, 5, 8],
    ],
  ])('are joined with their neighbours: %o', async (attributes, expected, ends) => {
    const nodes = [op('y', 'StringNGrams', ['x', 'halves'], { separator: s(' '), ...attributes })];
    const [joined, splits] = await run(nodes, ['y', 'y:1'], rows('a', 'b', 'c'));
    expect(strings(joined!)).toEqual(expected);
    expect(numbers(splits!)).toEqual(ends);
  });

  it('are joined within the limits', async () => {
    const attributes = { ngram_widths: listI(2 ** 40), pad_width: i(2 ** 40), separator: s(' ') };
    const nodes = [op('y', 'StringNGrams', ['x', 'halves'], attributes)];
    await expect(run(nodes, ['y'], rows('a', 'b', 'c'))).rejects.toThrow(code('ERR_LIMIT_EXCEEDED'));
  });

  it.each([
    ['a', 12917804110809363939n],
    ['abcd', 1897425971756105985n],
    ['abcdefghijkl', 5676575430734197723n],
    ['x'.repeat(24), 1720933946053627091n],
    ['x'.repeat(48), 3115351702962994984n],
    ['x'.repeat(100), 6590480085648050719n],
    ['x'.repeat(200), 13938988265971950527n],
  ])('have fingerprints, by which they are in buckets: %s', async (text, fingerprint) => {
    expect(fingerprint64(Buffer.from(text))).toBe(fingerprint);
    const nodes = [op('y', 'StringToHashBucketFast', ['x'], { num_buckets: i(1000) })];
    const [bucket] = await run(nodes, ['y'], rows(text));
    expect(numbers(bucket!)).toEqual([Number(fingerprint % 1000n)]);
  });

  const table = op('t', 'HashTableV2', []);
  const lookup = op('y', 'LookupTableFindV2', ['t', 'x', 'absent']);
  it('are looked up in tables that the model fills', async () => {
    const size = op('n', 'LookupTableSizeV2', ['t']);
    const initializer = [table, op('fill', 'LookupTableImportV2', ['t', 'keys', 'found'])];
    const [values, count] = await run([table, lookup, size], ['y', 'n'], rows('bb', 'c', 'a'), {
      initializer,
    });
    expect([numbers(values!), numbers(count!)]).toEqual([[2.5, -1, 1.5], [2]]);
  });

  it('and numbers are looked up', async () => {
    const fill = op('fill', 'InitializeTableV2', ['t', 'numbers', 'found']);
    const nodes = [
      placeholder('k', [3], 'DT_INT32'),
      table,
      fill,
      op('y', 'LookupTableFindV2', ['t', 'k', 'absent']),
    ];
    await using session = await loadGraph({ nodes, weights }, { outputs: ['y'] });
    const { y } = await session.run({ k: new Tensor('int32', Int32Array.of(7, 6, 5), [3]) });
    expect(numbers(y!)).toEqual([2.5, -1, 1.5]);
  });

  it.each<[string, Json[], string]>([
    ['a table that nothing fills', [table, lookup], 'ERR_INVALID_MODEL'],
    ['arithmetic', [op('y', 'AddV2', ['x', 'x'])], 'ERR_INVALID_TYPE'],
    ['no buckets', [op('y', 'StringToHashBucketFast', ['x'], { num_buckets: i(0) })], 'ERR_INVALID_MODEL'],
    [
      'buckets of numbers',
      [op('y', 'StringToHashBucketFast', ['numbers'], { num_buckets: i(1) })],
      'ERR_INVALID_TYPE',
    ],
    [
      'rows that are not theirs',
      [op('y', 'StringNGrams', ['x', 'numbers'], { ngram_widths: listI(1) })],
      'ERR_INVALID_MODEL',
    ],
  ])('refuse %s', async (_what, nodes, expected) => {
    await expect(run(nodes, ['y'], rows('a', 'b', 'c'))).rejects.toThrow(code(expected));
  });

  it.each([
    ['a length beyond the file', (bytes: Buffer) => bytes.writeUInt32LE(2 ** 31, 0)],
    ['bytes that are left over', (bytes: Buffer) => bytes.writeUInt32LE(0, 0)],
  ])('of weights with %s are refused', async (_what, damage) => {
    const { json, weights: bytes } = graphModel({
      nodes: [op('y', 'Equal', ['k', 'k'])],
      weights: { k: texts('abcdefgh') },
    });
    damage(bytes);
    const { InferenceSession } = await import('../../../src/index.ts');
    const loading = InferenceSession.create(Buffer.from(JSON.stringify(json)), {
      externalData: [{ path: 'weights.bin', data: bytes }],
    });
    await expect(loading).rejects.toThrow(code('ERR_INVALID_MODEL'));
  });

  it('are no lists of floats', async () => {
    const nodes = [op('y', 'Cast', ['x'], { DstT: type('DT_FLOAT') })];
    await expect(run(nodes, ['y'], rows('1'))).rejects.toThrow(code('ERR_INVALID_TYPE'));
  });
});
