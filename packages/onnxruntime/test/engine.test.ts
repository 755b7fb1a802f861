import { describe, expect, it, vi } from 'vitest';
import { env, InferenceSession, Tensor } from '../src/index.ts';
import { dims, model, pixels, sequence } from './support/models.ts';

const create = InferenceSession.create as (bytes: Uint8Array, options?: object) => Promise<InferenceSession>;
const image = () => new Tensor('float32', pixels(), dims);

/** The operators of the layers that a run executes. */
async function layers(options: object): Promise<string[]> {
  const session = await create(model, options);
  const names: string[] = [];
  const trace = (traced: readonly { opType: string }[]) => names.push(...traced.map(({ opType }) => opType));
  await session.run({ image: image() }, { extra: { zeroskip: { trace } } });
  await session.release();
  return names;
}

describe('options', () => {
  it('graphOptimizationLevel disabled fuses nothing', async () => {
    expect(await layers({})).not.toContain('Relu');
    expect(await layers({ graphOptimizationLevel: 'basic' })).not.toContain('Relu');
    expect(await layers({ graphOptimizationLevel: 'disabled' })).toContain('Relu');
  });

  it('freeDimensionOverrides fix dims of inputs and outputs', async () => {
    const session = await create(model, { freeDimensionOverrides: { H: 4, W: 4, other: 1 } });
    expect(session.inputMetadata[0]).toMatchObject({ shape: [1, 2, 4, 4] });
    expect(session.outputMetadata[0]).toMatchObject({ shape: [1, 1, 4, 4] });
    const other = new Tensor('float32', new Float32Array(40), [1, 2, 4, 5]);
    await expect(session.run({ image: other })).rejects.toMatchObject({ code: 'ERR_INVALID_SHAPE' });
  });

  it('extra.zeroskip are options of the runner', async () => {
    const zeroskip = { algorithm: 'none' };
    await expect(create(model, { extra: { zeroskip } })).rejects.toMatchObject({
      code: 'ERR_UNKNOWN_ALGORITHM',
    });
    const session = await create(model);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(session.run({ image: image() }, { extra: { zeroskip: { signal } } })).rejects.toThrow(
      'enough',
    );
  });

  it('optimizedModelFilePath warns', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    await create(model, { optimizedModelFilePath: 'optimized.onnx' });
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('optimizedModelFilePath'));
  });

  it('executionProviders that are left out are named in a warning', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    const session = await create(model, { executionProviders: ['webgpu', { name: 'cuda' }, 'wasm'] });
    expect(warn.mock.calls.map(([text]) => /"\w+"/.exec(text)![0])).toEqual(['"webgpu"', '"cuda"']);
    expect(session.inputNames).toEqual(['image']);
  });
});

describe('messages of errors', () => {
  it.each<[string, () => Promise<unknown>, object]>([
    [
      'an unknown provider',
      () => create(model, { executionProviders: ['moon'] }),
      { expected: expect.stringMatching(/^one of cpu, wasm/), received: '[moon] backend not found' },
    ],
    [
      'a missing feed',
      async () => (await create(model)).run({}),
      { expected: 'tensors for image', received: 'none for image' },
    ],
    ['a file that is not there', () => InferenceSession.create('/nothing.onnx'), { code: 'ERR_FILE' }],
    ['bytes that are no model', () => create(new Uint8Array(9)), { code: 'ERR_INVALID_MODEL' }],
  ])('for %s say what was expected and received', async (_what, use, details) => {
    await expect(use()).rejects.toMatchObject({
      message: expect.stringMatching(/^Expected .+ for .+, received .+\.$/),
      code: expect.stringMatching(/^ERR_/),
      ...details,
    });
  });
});

describe('a run', () => {
  it('gives tensors over the memory of the results, in the order of the model', async () => {
    const session = await create(model);
    const results = await session.run({ image: image() });
    expect(Object.keys(results)).toEqual(['map', 'extra']);
    for (const tensor of Object.values(results)) {
      expect(tensor).toBeInstanceOf(Tensor);
      expect((tensor.data as Float32Array).buffer.byteLength).toBe(64);
    }
  });

  it('computes what is fetched, and no more', async () => {
    const session = await create(model);
    expect(Object.keys(await session.run({ image: image() }, ['extra']))).toEqual(['extra']);
  });

  it('of a network with a sequence gives its tensors alone', async () => {
    const session = await create(sequence);
    expect(session.outputMetadata).toEqual([
      { name: 's', isTensor: false },
      { name: 'y', isTensor: true, type: 'float32', shape: [1, 2, 4, 4] },
    ]);
    const { y } = await session.run({ image: image() }, ['y']);
    expect((y!.data as Float32Array).slice(0, 2)).toEqual(pixels().slice(0, 2));
    await expect(session.run({ image: image() })).rejects.toThrow('Expected a tensor for output "s"');
  });

  it('leaves env as it is', () => {
    expect(env.versions).toEqual({ common: '1.30.0', node: '1.30.0' });
    expect(Object.keys(env)).toEqual(['wasm', 'webgl', 'webgpu', 'versions', 'logLevel']);
  });
});
