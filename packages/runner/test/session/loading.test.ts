import { describe, expect, it } from 'vitest';
import { InferenceSession, type LoadProgress, type SessionOptions } from '../../src/index.ts';
import { firstDifference } from '../support/compare.ts';
import { testFolder } from '../support/folder.ts';
import { onMainThread } from '../support/on-main-thread.ts';
import { model, valueInfo } from '../support/onnx.ts';
import { code } from '../support/refusal.ts';
import { runModel } from '../support/run.ts';
import { bytes, create, image, network } from './network.ts';

describe('loading', () => {
  const folder = testFolder();

  it('takes a path, bytes at any offset, an ArrayBuffer, a SharedArrayBuffer and a Blob', async () => {
    const shared = new SharedArrayBuffer(bytes.length);
    new Uint8Array(shared).set(bytes);
    const shifted = new Uint8Array(bytes.length + 1).subarray(1);
    shifted.set(bytes);
    const models = [
      folder.write('model.onnx', bytes),
      bytes,
      shifted,
      Buffer.from(bytes),
      bytes.slice().buffer,
      shared,
      new Blob([bytes.slice()]),
    ];
    const expected = onMainThread(bytes, { image });
    for (const each of models) {
      const { scores } = await runModel(each, { image });
      expect(firstDifference(scores!, expected.scores!, 1e-4, 1e-5)).toBeUndefined();
    }
  });

  it('says what the network takes and gives', async () => {
    await using session = await create();
    expect(session.inputNames).toEqual(['image']);
    expect(session.outputNames).toEqual(['scores', 'features']);
    expect(session.inputMetadata).toEqual([
      { name: 'image', isTensor: true, type: 'float32', shape: ['N', 3, 'H', 'W'] },
    ]);
    expect(session.outputMetadata[0]!.shape).toEqual(['N', 5]);
    expect(session.nodes.map(({ name, opType }) => `${name} ${opType}`)).toEqual([
      'first Conv',
      'r1 Relu',
      'second Conv',
      'r2 Relu',
      'pooled GlobalAveragePool',
      'flat Flatten',
      'scores Gemm',
    ]);
    expect(session.nodes[0]).toMatchObject({ inputs: ['image', 'w1', 'b1'], outputs: ['c1'] });
  });

  it('reports its progress', async () => {
    const fixed = model({ ...network, inputs: [valueInfo('image', 'float32', [1, 3, 8, 8])] });
    const reports: LoadProgress[] = [];
    await using session = await InferenceSession.create(folder.write('fixed.onnx', fixed), {
      onProgress: (progress) => reports.push(progress),
    });
    expect(session.inputNames).toEqual(['image']);
    expect(reports).toEqual([
      { stage: 'read', done: fixed.length, total: fixed.length },
      ...[1, 2, 3].map((done) => ({ stage: 'prepare', done, total: 3 })),
    ]);
  });

  it('refuses a missing file, a folder, and what is no model', async () => {
    await expect(InferenceSession.create(folder.path('none.onnx'))).rejects.toThrow(code('ERR_FILE'));
    await expect(InferenceSession.create(folder.path())).rejects.toThrow(code('ERR_FILE'));
    await expect(InferenceSession.create(42 as never)).rejects.toThrow(code('ERR_INVALID_TYPE'));
  });

  it.each<[string, unknown, string]>([
    ['unknown options', { executionProviders: ['cpu'] }, 'ERR_INVALID_ARGUMENT'],
    ['no threads', { intraOpNumThreads: 0 }, 'ERR_INVALID_ARGUMENT'],
    ['half a thread', { intraOpNumThreads: 0.5 }, 'ERR_INVALID_ARGUMENT'],
    ['an unknown algorithm', { algorithm: 'magic' }, 'ERR_UNKNOWN_ALGORITHM'],
    ['a plan that is none', { plan: { version: 1 } }, 'ERR_INVALID_PLAN'],
    ['an unknown limit', { limits: { maxFun: 1 } }, 'ERR_INVALID_ARGUMENT'],
    ['a limit of 0', { limits: { maxNodes: 0 } }, 'ERR_INVALID_ARGUMENT'],
    ['a progress report that is no function', { onProgress: 1 }, 'ERR_INVALID_TYPE'],
  ])('refuses %s', async (_what, options, expected) => {
    await expect(create(options as SessionOptions)).rejects.toThrow(code(expected));
  });
});
