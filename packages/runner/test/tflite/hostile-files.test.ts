import { describe, expect, it } from 'vitest';
import { InferenceSession } from '../../src/index.ts';
import { code, worded } from '../support/refusal.ts';
import { classifier } from './cases/classifier.ts';
import { liteModel } from './lite-model.ts';

const good = liteModel(classifier('int8'));
const REFUSAL = /^ERR_(INVALID_(MODEL|SHAPE|TYPE)|LIMIT_EXCEEDED|UNSUPPORTED_(OPERATOR|TYPE))$/;
const limits = { maxRunBytes: 2 ** 24, maxFoldedBytes: 2 ** 24 };

async function load(bytes: Uint8Array): Promise<unknown> {
  try {
    await using _session = await InferenceSession.create(bytes, { limits });
    return undefined;
  } catch (error) {
    return error;
  }
}

/** The file with a number of 32 bits changed. */
function changed(at: number, value: number): Uint8Array {
  const bytes = good.slice();
  new DataView(bytes.buffer).setUint32(at, value, true);
  return bytes;
}

const view = new DataView(good.buffer, good.byteOffset);
const root = view.getUint32(0, true);
const vtable = root - view.getInt32(root, true);
/** The place of a field of the model. */
const field = (slot: number) => root + view.getUint16(vtable + 4 + 2 * slot, true);
const vectorOf = (slot: number) => field(slot) + view.getUint32(field(slot), true);
const SUBGRAPHS = 2;

describe('a TensorFlow Lite file', () => {
  it('is read where it is whole', async () => {
    expect(await load(good)).toBeUndefined();
  });

  it('is refused where it is cut off, wherever that is', async () => {
    for (let length = 8; length < good.length - 16; length += length < 200 ? 1 : 37) {
      expect(await load(good.slice(0, length)), `${length} bytes`).toEqual(worded(REFUSAL));
    }
  });

  it.each([
    ['a root behind the end', changed(0, good.length)],
    ['a root at the largest offset', changed(0, 0xffffffff)],
    ['a list of fields before the file', changed(root, 0x7fffffff)],
    ['a list of fields behind the file', changed(root, 0x80000001)],
    ['subgraphs behind the end', changed(field(SUBGRAPHS), good.length)],
    ['4 billion subgraphs', changed(vectorOf(SUBGRAPHS), 0xffffffff)],
    ['a billion subgraphs', changed(vectorOf(SUBGRAPHS), 2 ** 30)],
    ['no subgraphs', changed(vectorOf(SUBGRAPHS), 0)],
    ['a subgraph that is the model', changed(vectorOf(SUBGRAPHS) + 4, root - vectorOf(SUBGRAPHS) - 4)],
  ])('is refused with %s', async (_, bytes) => {
    expect(await load(bytes)).toEqual(worded(REFUSAL));
  });

  it('is refused with a list of fields that leads outside of its table', async () => {
    const bytes = good.slice();
    new DataView(bytes.buffer).setUint16(vtable + 4 + 2 * SUBGRAPHS, 0xfffe, true);
    expect(await load(bytes)).toEqual(worded('ERR_INVALID_MODEL'));
  });

  it('answers with a result or a coded error to any offset that is any other', async () => {
    const others = [0, 1, good.length - 4, 0x7fffffff, 0x80000000, 0xffffffff, root];
    for (let at = 0; at < good.length - 4; at += 4) {
      const error = await load(changed(at, others[(at / 4) % others.length]!));
      if (error !== undefined) expect(error, `at ${at}`).toEqual(code(expect.stringMatching(REFUSAL)));
    }
  });
});

describe('a file of which all vectors are one', () => {
  /** A model whose subgraph stands many times in a vector, and each of its vectors is that one, too. */
  function bomb(length: number): Uint8Array {
    const words = new Int32Array(16 + length);
    const bytes = new Uint8Array(words.buffer);
    const numbers = new DataView(words.buffer);
    bytes.set(new TextEncoder().encode('TFL3'), 4);
    const [fields, at, vector] = [8, 32, 60];
    numbers.setUint32(0, at, true);
    for (const [i, value] of [18, 28, 4, 8, 12, 16, 20, 24].entries())
      numbers.setUint16(fields + 2 * i, value, true);
    numbers.setInt32(at, at - fields, true);
    for (let slot = 1; slot < 7; slot++) numbers.setUint32(at + 4 * slot, vector - at - 4 * slot, true);
    numbers.setUint32(at + 4, 3, true);
    numbers.setUint32(vector, length, true);
    for (let i = 0; i < length; i++) numbers.setInt32(vector + 4 + 4 * i, at - vector - 4 - 4 * i, true);
    return bytes;
  }

  it('is refused before it is read a million times', async () => {
    expect(await load(bomb(20_000))).toEqual(worded(REFUSAL));
  });
});
