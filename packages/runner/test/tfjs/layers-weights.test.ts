import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { float32ToFloat16 } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { InferenceSession, type Limits } from '../../src/index.ts';
import { float32 } from '../support/onnx.ts';
import { code } from '../support/refusal.ts';
import { runModel } from '../support/run.ts';
import { inFolder, inputLayer, type Json, layer, sequential } from './layers-model.ts';

/** Dense without bias, 4 → 1. */
const topology = sequential([inputLayer([4]), layer('Dense', 'd', { units: 1, use_bias: false })]);
const kernel = { name: 'd/kernel', shape: [4, 1], dtype: 'float32' };
const bytesOf = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

type Group = { paths: unknown; weights: unknown };

/** What the network makes of 1, 10, 100 and 1000, its weights described by `manifest` and kept in `files`. */
function run(
  manifest: readonly Group[] | unknown,
  files: Readonly<Record<string, Uint8Array>>,
  prepare: (folder: string) => void = () => undefined,
  limits: Partial<Limits> = {},
): Promise<number> {
  return inFolder(async (root) => {
    const folder = join(root, 'model');
    mkdirSync(folder);
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
    writeFileSync(join(root, 'outside.bin'), bytesOf(1, 2, 3, 4));
    prepare(folder);
    const path = join(folder, 'model.json');
    writeFileSync(path, JSON.stringify({ modelTopology: topology, weightsManifest: manifest }));
    const { d } = await runModel(path, { x: float32([1, 4], [1, 10, 100, 1000]) }, { limits });
    return d!.data[0] as number;
  });
}

const quantized = (quantization: Json, weights: Json = kernel) => [
  { paths: ['w.bin'], weights: [{ ...weights, quantization }] },
];
describe('weights of a Layers model', () => {
  it('are read as float32', async () => {
    expect(await run([{ paths: ['w.bin'], weights: [kernel] }], { 'w.bin': bytesOf(1, 2, 3, 4) })).toBe(4321);
  });

  it('are read from codes of 8 bits', async () => {
    const codes = Uint8Array.of(0, 2, 4, 255);
    expect(await run(quantized({ dtype: 'uint8', scale: 0.5, min: -1 }), { 'w.bin': codes })).toBe(
      -1 + 0 * 10 + 1 * 100 + 126.5 * 1000,
    );
  });

  it('are read from codes of 16 bits', async () => {
    const codes = new Uint8Array(Uint16Array.of(0, 2, 4, 1001).buffer);
    expect(await run(quantized({ dtype: 'uint16', scale: 0.5, min: -1 }), { 'w.bin': codes })).toBe(
      -1 + 0 * 10 + 1 * 100 + 499.5 * 1000,
    );
  });

  it('are read as float16', async () => {
    const halves = new Uint8Array(float32ToFloat16(Float32Array.of(0.5, -2, 3, 4)).buffer);
    expect(await run(quantized({ dtype: 'float16' }), { 'w.bin': halves })).toBe(0.5 - 20 + 300 + 4000);
  });

  it('may be cut anywhere between files, and lie in several groups', async () => {
    const whole = new Uint8Array([7, ...bytesOf(1, 2, 3, 4)]);
    const odd = {
      name: 'odd',
      shape: [1],
      dtype: 'float32',
      quantization: { dtype: 'uint8', scale: 1, min: 0 },
    };
    const manifest = [
      { paths: ['a', 'b', 'c'], weights: [odd, kernel] },
      { paths: ['other'], weights: [{ ...kernel, name: 'unused' }] },
    ];
    const files = {
      a: whole.subarray(0, 3),
      b: whole.subarray(3, 4),
      c: whole.subarray(4),
      other: bytesOf(9, 9, 9, 9),
    };
    expect(await run(manifest, files)).toBe(4321);
  });

  it('may be NaN and infinite', async () => {
    const bytes = bytesOf(1, Number.NaN, Number.POSITIVE_INFINITY, 0);
    expect(await run([{ paths: ['w.bin'], weights: [kernel] }], { 'w.bin': bytes })).toBeNaN();
  });
});

describe('weight files are refused', () => {
  const manifest = (path: unknown) => [{ paths: [path], weights: [kernel] }];

  it.each([
    '/etc/hostname',
    '../outside.bin',
    'sub/../../outside.bin',
    '..\\outside.bin',
    'w.bin\0',
    './../w.bin',
    'C:w.bin',
    'https://example.org/w.bin',
    '',
  ])('at %j', async (path) => {
    await expect(run(manifest(path), {})).rejects.toThrow(code('ERR_INVALID_MODEL'));
  });

  it('through symbolic and hard links', async () => {
    const outside = (folder: string) => join(folder, '..', 'outside.bin');
    const links: ((folder: string) => void)[] = [
      (folder) => symlinkSync(outside(folder), join(folder, 'w.bin')),
      (folder) => linkSync(outside(folder), join(folder, 'w.bin')),
    ];
    for (const link of links) {
      await expect(run(manifest('w.bin'), {}, link)).rejects.toThrow(code('ERR_INVALID_MODEL'));
    }
    const upwards = (folder: string) => symlinkSync('..', join(folder, 'up'));
    await expect(run(manifest('up/outside.bin'), {}, upwards)).rejects.toThrow(code('ERR_INVALID_MODEL'));
  });

  it('that are folders, pipes, or missing', async () => {
    const folder = (root: string) => mkdirSync(join(root, 'w.bin'));
    await expect(run(manifest('w.bin'), {}, folder)).rejects.toThrow(code('ERR_INVALID_MODEL'));
    await expect(run(manifest('w.bin'), {})).rejects.toThrow(code('ERR_FILE'));
    if (process.platform === 'win32') return;
    const pipe = (root: string) => execFileSync('mkfifo', [join(root, 'w.bin')]);
    await expect(run(manifest('w.bin'), {}, pipe)).rejects.toThrow(code('ERR_INVALID_MODEL'));
  });

  it.each([0, 1, 15])('that hold %d bytes of 16', async (count) => {
    const files = { 'w.bin': bytesOf(1, 2, 3, 4).subarray(0, count) };
    await expect(run(manifest('w.bin'), files)).rejects.toThrow(code('ERR_INVALID_MODEL'));
  });

  it('that hold more than their weights, before they are read', async () => {
    const files = { 'w.bin': new Uint8Array(17) };
    await expect(run(manifest('w.bin'), files)).rejects.toThrow(code('ERR_LIMIT_EXCEEDED'));
  });

  it('beyond the size limit', async () => {
    const large = [{ paths: ['w.bin'], weights: [{ ...kernel, shape: [1000, 1] }] }];
    const files = { 'w.bin': new Uint8Array(4000) };
    const refused = run(large, files, undefined, { maxFileBytes: 3999 });
    await expect(refused).rejects.toThrow(code('ERR_LIMIT_EXCEEDED'));
  });

  it('for a model given as bytes', async () => {
    const json = { modelTopology: topology, weightsManifest: manifest('w.bin') };
    const bytes = new TextEncoder().encode(JSON.stringify(json));
    await expect(InferenceSession.create(bytes)).rejects.toThrow(code('ERR_FILE'));
  });
});

describe('a weights manifest is refused', () => {
  const files = { 'w.bin': bytesOf(1, 2, 3, 4) };
  const changed = (changes: Json) => [{ paths: ['w.bin'], weights: [{ ...kernel, ...changes }] }];

  it.each<[string, unknown, string]>([
    ['that is missing', undefined, 'ERR_INVALID_MODEL'],
    ['that is no list', { paths: [], weights: [] }, 'ERR_INVALID_MODEL'],
    ['without paths', [{ weights: [kernel] }], 'ERR_INVALID_MODEL'],
    ['with paths that are no text', [{ paths: [5], weights: [kernel] }], 'ERR_INVALID_MODEL'],
    ['without files for its weights', [{ paths: [], weights: [kernel] }], 'ERR_INVALID_MODEL'],
    ['with a weight without a name', changed({ name: '' }), 'ERR_INVALID_MODEL'],
    [
      'with a weight twice',
      [
        {
          paths: ['w.bin'],
          weights: [
            { ...kernel, shape: [2] },
            { ...kernel, shape: [2] },
          ],
        },
      ],
      'ERR_INVALID_MODEL',
    ],
    ['with a negative dim', changed({ shape: [-4, 1] }), 'ERR_INVALID_MODEL'],
    ['with a broken dim', changed({ shape: [0.5, 8] }), 'ERR_INVALID_MODEL'],
    ['with dims that are text', changed({ shape: ['4', '1'] }), 'ERR_INVALID_MODEL'],
    ['with huge dims', changed({ shape: [2 ** 52, 2 ** 52] }), 'ERR_LIMIT_EXCEEDED'],
    ['with dims of 2^50 bytes', changed({ shape: [2 ** 48] }), 'ERR_INVALID_MODEL'],
    ['with too many dims', changed({ shape: [1, 1, 1, 1, 1, 1, 1, 2, 2] }), 'ERR_LIMIT_EXCEEDED'],
    ['with strings', changed({ dtype: 'string' }), 'ERR_UNSUPPORTED_TYPE'],
    ['with complex numbers', changed({ dtype: 'complex64' }), 'ERR_UNSUPPORTED_TYPE'],
    ['with an unknown quantization', quantized({ dtype: 'uint4', scale: 1, min: 0 }), 'ERR_INVALID_MODEL'],
    ['with a scale that is text', quantized({ dtype: 'uint8', scale: '1', min: 0 }), 'ERR_INVALID_MODEL'],
    ['without a scale', quantized({ dtype: 'uint8', min: 0 }), 'ERR_INVALID_MODEL'],
    ['whose weights have another shape', changed({ shape: [2, 2] }), 'ERR_INVALID_SHAPE'],
    ['whose weights have another rank', changed({ shape: [4] }), 'ERR_INVALID_SHAPE'],
    ['whose weights have another name', changed({ name: 'e/kernel' }), 'ERR_INVALID_MODEL'],
    ['whose weights are for __proto__', changed({ name: '__proto__/kernel' }), 'ERR_INVALID_MODEL'],
  ])('%s', async (_what, manifest, expected) => {
    await expect(run(manifest, files)).rejects.toThrow(
      expect.objectContaining({
        code: expected,
        message: expect.stringMatching(/^Expected .+ for .+, received .+\.$/),
      }),
    );
  });

  it('with more weights than the limit', async () => {
    const refused = run(changed({}), files, undefined, { maxTensors: 1 });
    await expect(refused).resolves.toBe(4321);
    const two = [{ paths: ['w.bin'], weights: [kernel, { ...kernel, name: 'more', shape: [0] }] }];
    await expect(run(two, files, undefined, { maxTensors: 1 })).rejects.toThrow(code('ERR_LIMIT_EXCEEDED'));
  });
});
