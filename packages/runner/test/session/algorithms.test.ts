import { algorithms } from '@zeroskip/kernels';
import type { PlanLayer } from '@zeroskip/selector';
import { describe, expect, it } from 'vitest';
import { InferenceSession, isConvolutionTrace, type SessionOptions } from '../../src/index.ts';
import { firstDifference } from '../support/compare.ts';
import { onMainThread } from '../support/on-main-thread.ts';
import { io, type ModelParts, model, node } from '../support/onnx.ts';
import { planFor, sha256 } from '../support/plan.ts';
import { code } from '../support/refusal.ts';
import { bytes, create, image, random, traceOf } from './network.ts';

describe('algorithms', () => {
  it.each([
    ['Relu', true],
    ['Sigmoid', false],
  ])('by default skip zeros after %s: %s', async (activation, sparse) => {
    const parts: ModelParts = {
      nodes: [
        node('Conv', ['image', 'w'], ['c'], { pads: [1, 1, 1, 1] }, 'first'),
        node(activation, ['c'], ['a']),
        node('Conv', ['a', 'v'], ['y'], { pads: [2, 2, 2, 2] }, 'second'),
      ],
      ...io({ image: [1, 64, 28, 28] }, { y: [1, 64, 28, 28] }),
      constants: { w: random([64, 64, 3, 3], 12), v: random([64, 64, 5, 5], 13) },
    };
    await using session = await InferenceSession.create(model(parts));
    const skips = (await traceOf(session, random([1, 64, 28, 28], 14)))
      .filter(isConvolutionTrace)
      .map((layer) => algorithms().find(({ id }) => id === layer.algorithm)!.sparse);
    expect(skips).toEqual([false, sparse]);
  });

  const windows: ModelParts = {
    nodes: [
      node('Conv', ['image', 'w'], ['c'], { pads: [1, 1, 1, 1] }, 'first'),
      node('Relu', ['c'], ['a']),
      node('Conv', ['a', 'w'], ['y'], { pads: [1, 1, 1, 1] }, 'second'),
    ],
    ...io({ image: [1, 64, 56, 56] }, { y: [1, 64, 56, 56] }),
    constants: { w: random([64, 64, 3, 3], 12) },
  };
  const map = random([1, 64, 56, 56], 14);
  const choices = async (options: SessionOptions) => {
    await using session = await InferenceSession.create(model(windows), options);
    const layers = (await traceOf(session, map)).filter(isConvolutionTrace);
    return layers.map(({ algorithm, packedBytes }) => ({ algorithm, packedBytes }));
  };

  it('transform 3 × 3 layers of large maps, unless the accuracy is strict', async () => {
    const standard = await choices({});
    expect(standard.map(({ algorithm }) => algorithm)).toEqual(['winograd', 'winograd']);
    const strict = await choices({ accuracy: 'strict' });
    for (const [i, { algorithm: id, packedBytes }] of strict.entries()) {
      expect(algorithms().find((one) => one.id === id)!.strict).toBe(true);
      expect(standard[i]!.packedBytes).toBeGreaterThan(3.5 * packedBytes);
    }
  });

  it('of a plan made for strict accuracy are strict, also those of layers without an entry', async () => {
    const plan = { ...planFor(sha256(model(windows)), { second: 'direct' }), accuracy: 'strict' as const };
    expect((await choices({ plan })).map(({ algorithm }) => algorithm)).not.toContain('winograd');
    const standard = await choices({ plan, accuracy: 'standard' });
    expect(standard.map(({ algorithm }) => algorithm)).toEqual(['winograd', 'direct']);
  });

  it('that are not strict are refused where the accuracy is', async () => {
    const plan = planFor(sha256(model(windows)), { second: 'winograd' });
    await expect(choices({ plan, accuracy: 'strict' })).rejects.toThrow(
      /winograd, which refuses: the accuracy is strict/,
    );
    await expect(choices({ algorithm: 'winograd', accuracy: 'strict' })).rejects.toThrow(
      code('ERR_INVALID_ARGUMENT'),
    );
    await expect(choices({ accuracy: 'exact' as never })).rejects.toThrow(/strict or standard for accuracy/);
    await using session = await InferenceSession.create(model(windows), { accuracy: 'strict' });
    await session.probe({ image: map }, (layer) => {
      const refusal = layer.candidates().find(({ id }) => id === 'winograd')!.refusal;
      expect(refusal).toMatch(/the accuracy is strict/);
    });
  });

  it('leave 3 × 3 layers with huge weights to strict ones', async () => {
    const w = random([64, 64, 3, 3], 12);
    w.data[7] = 2 ** 101;
    const huge = { ...windows, constants: { w } };
    await using session = await InferenceSession.create(model(huge), { algorithm: 'winograd' });
    const layers = (await traceOf(session, map)).filter(isConvolutionTrace);
    expect(layers.map(({ algorithm }) => algorithm)).not.toContain('winograd');
  });

  it.each(['im2col', 'reference', 'cpo'])('%s serves all layers when it is named', async (algorithm) => {
    await using session = await create({ algorithm });
    const layers = (await traceOf(session)).filter(isConvolutionTrace);
    expect(layers.map((layer) => layer.algorithm)).toEqual([algorithm, algorithm, algorithm]);
    const { scores } = await session.run({ image });
    expect(firstDifference(scores!, onMainThread(bytes, { image }).scores!, 1e-4, 1e-5)).toBeUndefined();
  });

  it('that skip zeros leave a layer with weights that are not finite to a dense one', async () => {
    const weights = random([4, 3, 3, 3], 11);
    weights.data[5] = Number.POSITIVE_INFINITY;
    const parts: ModelParts = {
      nodes: [node('Conv', ['image', 'w'], ['y'])],
      ...io({ image: [1, 3, 13, 17] }, { y: [1, 4, 11, 15] }),
      constants: { w: weights },
    };
    await using session = await InferenceSession.create(model(parts), { algorithm: 'cps' });
    const [layer] = (await traceOf(session)).filter(isConvolutionTrace);
    expect(algorithms().find(({ id }) => id === layer!.algorithm)!.sparse).toBe(false);
    const { y } = await session.run({ image });
    expect(y!.data.some((value) => Number.isNaN(value))).toBe(true);
  });

  const planOf = (names: Readonly<Record<string, string>>, guard: PlanLayer['guard'] = null) =>
    planFor(sha256(bytes), names, guard);

  it('of a plan are used for its layers, and the default for the rest', async () => {
    await using session = await create({ plan: planOf({ second: 'reference' }), algorithm: 'im2col' });
    const layers = (await traceOf(session)).filter(isConvolutionTrace);
    expect(layers.map(({ name, algorithm }) => `${name} ${algorithm}`)).toEqual([
      'first im2col',
      'second reference',
      'scores im2col',
    ]);
  });

  it('of a plan leave maps with few zeros to its dense ones', async () => {
    const density = (await traceOf(await create())).filter(isConvolutionTrace)[1]!.density;
    const ran = async (above: number) => {
      const guard = { density: above, algorithm: 'direct', parameters: {} };
      await using session = await create({ plan: planOf({ second: 'cps' }, guard) });
      const { algorithm, guarded } = (await traceOf(session)).filter(isConvolutionTrace)[1]!;
      return { algorithm, guarded };
    };
    expect(density).toBeGreaterThan(0);
    expect(await ran(density + 0.01)).toEqual({ algorithm: 'cps', guarded: false });
    expect(await ran(density - 0.01)).toEqual({ algorithm: 'direct', guarded: true });
    const refusing = { density: 0.5, algorithm: 'magic', parameters: {} };
    await expect(create({ plan: planOf({ second: 'cps' }, refusing) })).rejects.toThrow(
      code('ERR_UNKNOWN_ALGORITHM'),
    );
  });

  it('of a plan for another model, other layers or unknown algorithms are refused', async () => {
    const plan = planOf({ second: 'reference' });
    const other = { ...plan, model: { sha256: 'ab'.repeat(32) } };
    await expect(create({ plan: other })).rejects.toThrow(code('ERR_INVALID_PLAN'));
    await expect(create({ plan: planOf({ third: 'reference' }) })).rejects.toThrow(code('ERR_INVALID_PLAN'));
    await expect(create({ plan: planOf({ second: 'magic' }) })).rejects.toThrow(
      code('ERR_UNKNOWN_ALGORITHM'),
    );
  });
});
