import { describe, expect, it } from 'vitest';
import { float32, random } from '../support/onnx.ts';
import { checkNode, type NodeSubject, outputOf } from '../support/run-node.ts';

type Attributes = NonNullable<NodeSubject['attributes']>;
type Triple = readonly [number, number, number];

const input: Triple = [4, 5, 6];
const kernel: Triple = [3, 2, 3];
const x = random([2, 4, ...input], 1);

interface Window {
  readonly strides: Triple;
  readonly dilations: Triple;
  readonly pads: readonly number[];
}

const plain: Window = { strides: [1, 1, 1], dilations: [1, 1, 1], pads: [0, 0, 0, 0, 0, 0] };
const windows: [string, Window][] = [
  ['without padding', plain],
  ['with padding at each side', { ...plain, pads: [1, 0, 2, 0, 1, 1] }],
  ['with strides', { ...plain, strides: [2, 3, 1], pads: [1, 1, 1, 1, 1, 1] }],
  ['with dilations', { ...plain, dilations: [1, 2, 2], pads: [1, 1, 2, 1, 1, 2] }],
];

const triples = (dims: Triple) =>
  Array.from(
    { length: dims[0] * dims[1] * dims[2] },
    (_, i): Triple => [Math.floor(i / (dims[1] * dims[2])), Math.floor(i / dims[2]) % dims[1], i % dims[2]],
  );

const offset = (dims: Triple, [d, h, w]: Triple) => (d * dims[1] + h) * dims[2] + w;
const extents = ({ dilations }: Window) => kernel.map((extent, i) => (extent - 1) * dilations[i]! + 1);

/** The element of a volume that a place of the kernel meets for an output; undefined in the padding. */
function met({ strides, dilations, pads }: Window, out: Triple, tap: Triple): Triple | undefined {
  const place = out.map((at, i) => at * strides[i]! + tap[i]! * dilations[i]! - pads[i]!);
  return place.every((at, i) => at >= 0 && at < input[i]!) ? (place as unknown as Triple) : undefined;
}

const outputSize = (window: Window) =>
  extents(window).map((extent, i) => {
    const padded = input[i]! + window.pads[i]! + window.pads[i + 3]!;
    return Math.floor((padded - extent) / window.strides[i]!) + 1;
  }) as unknown as Triple;

describe.each(windows)('of three axes, %s,', (_what, window) => {
  const attributes: Attributes = { ...window };
  const size = outputSize(window);

  it('Conv sums what its kernel meets', async () => {
    const w = random([6, 2, ...kernel], 2);
    const b = random([6], 3);
    const values: number[] = [];
    for (let image = 0; image < 2; image++)
      for (let m = 0; m < 6; m++)
        for (const out of triples(size)) {
          let sum = b.data[m]!;
          for (let c = 0; c < 2; c++) {
            for (const tap of triples(kernel)) {
              const at = met(window, out, tap);
              const channel = image * 4 + (m < 3 ? 0 : 2) + c;
              if (at)
                sum +=
                  x.data[channel * 120 + offset(input, at)]! *
                  w.data[(m * 2 + c) * 18 + offset(kernel, tap)]!;
            }
          }
          values.push(sum);
        }
    const given = {
      opType: 'Conv',
      attributes: { ...attributes, group: 2 },
      values,
      dims: [2, 6, ...size],
      digits: 3,
    };
    await checkNode({ ...given, feeds: { x }, constants: { w, b } });
    await checkNode({ ...given, feeds: { x, w, b } });
  });

  it.each(['MaxPool', 'AveragePool', 'LpPool'])('%s joins what its kernel meets', async (opType) => {
    const values: number[] = [];
    for (let channel = 0; channel < 8; channel++)
      for (const out of triples(size)) {
        const all = triples(kernel).flatMap((tap) => {
          const at = met(window, out, tap);
          return at ? [x.data[channel * 120 + offset(input, at)]!] : [];
        });
        const sum = (f: (value: number) => number) => all.reduce((total, value) => total + f(value), 0);
        const join = {
          MaxPool: () => Math.max(...all),
          AveragePool: () => sum((value) => value) / all.length,
          LpPool: () => Math.sqrt(sum((value) => value * value)),
        };
        values.push(join[opType as keyof typeof join]());
      }
    const more = { kernel_shape: [...kernel] };
    const dims = [2, 4, ...size];
    await checkNode({
      opType,
      opset: 22,
      attributes: { ...attributes, ...more },
      feeds: { x },
      values,
      dims,
      digits: 4,
    });
  });

  it('ConvTranspose adds to what its kernel meets', async () => {
    const w = random([4, 3, ...kernel], 4);
    const b = random([6], 5);
    const full = extents(window).map(
      (extent, i) => (input[i]! - 1) * window.strides[i]! + extent - window.pads[i]! - window.pads[i + 3]!,
    );
    const long = full as unknown as Triple;
    const volume = long[0] * long[1] * long[2];
    const values = Array.from({ length: 12 * volume }, (_, i) => b.data[Math.floor(i / volume) % 6]!);
    for (let channel = 0; channel < 8; channel++)
      for (let m = 0; m < 3; m++)
        for (const from of triples(input))
          for (const tap of triples(kernel)) {
            const at = from.map(
              (place, i) => place * window.strides[i]! + tap[i]! * window.dilations[i]! - window.pads[i]!,
            ) as unknown as Triple;
            if (at.some((place, i) => place < 0 || place >= long[i]!)) continue;
            const filter = Math.floor(channel / 4) * 6 + (channel % 4 < 2 ? 0 : 3) + m;
            const product =
              x.data[channel * 120 + offset(input, from)]! *
              w.data[((channel % 4) * 3 + m) * 18 + offset(kernel, tap)]!;
            values[filter * volume + offset(long, at)]! += product;
          }
    const given = { attributes: { ...attributes, group: 2 }, feeds: { x }, constants: { w, b } };
    await checkNode({ opType: 'ConvTranspose', ...given, values, dims: [2, 6, ...long], digits: 3 });
  });
});

describe('three axes', () => {
  it('keep their size with SAME_UPPER', async () => {
    const constants = { w: random([1, 4, ...kernel], 2) };
    const y = await outputOf({
      opType: 'Conv',
      attributes: { auto_pad: 'SAME_UPPER' },
      feeds: { x },
      constants,
    });
    expect(y.dims).toEqual([2, 1, ...input]);
    const wide = { auto_pad: 'SAME_LOWER', strides: [2, 2, 2] };
    const v = { w: random([4, 1, ...kernel], 2) };
    const z = await outputOf({ opType: 'ConvTranspose', attributes: wide, feeds: { x }, constants: v });
    expect(z.dims).toEqual([2, 1, 8, 10, 12]);
  });

  it.each<[string, NodeSubject]>([
    ['weights of two axes', { opType: 'Conv', constants: { w: random([1, 4, 3, 3], 1) } }],
    ['a kernel larger than the volume', { opType: 'Conv', constants: { w: random([1, 4, 5, 1, 1], 1) } }],
    ['a kernel without extent', { opType: 'Conv', constants: { w: float32([1, 4, 0, 1, 1]) } }],
    ['strides of two axes', { opType: 'MaxPool', attributes: { kernel_shape: [1, 1, 1], strides: [1, 1] } }],
    [
      'pads that leave nothing',
      {
        opType: 'ConvTranspose',
        attributes: { pads: [9, 0, 0, 9, 0, 0] },
        constants: { w: random([4, 1, 1, 1, 1], 1) },
      },
    ],
  ])('refuse %s', async (_what, subject) => {
    const refusal = expect.objectContaining({ code: expect.stringMatching(/^ERR_INVALID_/) });
    await expect(outputOf({ ...subject, feeds: { x } })).rejects.toThrow(refusal);
  });
});
