import { dims, model, negative, pixels } from '../support/models.ts';
import type { Api, Probes } from '../support/observe.ts';

type Loose = (...values: readonly unknown[]) => Promise<Record<string, InstanceType<Api['Tensor']>>>;

const create = (ort: Api, options?: unknown, bytes = model) =>
  ort.InferenceSession.create(bytes, options as object | undefined);
const image = (ort: Api) => new ort.Tensor('float32', pixels(), dims);

/** Runs the model, with `feeds` beside its image. */
const run = (of: (ort: Api) => readonly unknown[], options?: unknown) => async (ort: Api) => {
  const session = await create(ort, options);
  return (session.run as unknown as Loose)(...of(ort));
};
const feed = (of: (ort: Api) => unknown) => run((ort) => [{ image: of(ort) }]);
const option = (options: object) =>
  [`session option ${JSON.stringify(options)}`, run((ort) => [{ image: image(ort) }], options)] as const;
const runOption = (options: object) =>
  [`run option ${JSON.stringify(options)}`, run((ort) => [{ image: image(ort) }, options])] as const;
const fetched = (of: (ort: Api) => unknown) => run((ort) => [{ image: image(ort) }, of(ort)]);

const options: Probes = Object.fromEntries([
  ...[
    {},
    { unknown: 1 },
    { executionProviders: ['cpu'] },
    { executionProviders: [{ name: 'cpu', useArena: false }] },
    { executionProviders: [] },
    { executionProviders: ['moon', 'cpu'] },
    { executionProviders: ['moon'] },
    { executionProviders: ['wasm'] },
    { executionProviders: 'cpu' },
    ...['disabled', 'basic', 'extended', 'layout', 'all', 'most', 1].map((level) => ({
      graphOptimizationLevel: level,
    })),
    ...[0, 1, 2, -1, 1.5, '2', null].map((intraOpNumThreads) => ({ intraOpNumThreads })),
    ...[0, -1, '2'].map((interOpNumThreads) => ({ interOpNumThreads })),
    ...['sequential', 'parallel', 'other', 1].map((executionMode) => ({ executionMode })),
    ...[true, 'true'].map((enableCpuMemArena) => ({ enableCpuMemArena })),
    ...[false, 1].map((enableMemPattern) => ({ enableMemPattern })),
    ...[2, 4, 5, -1, 1.5, '2'].map((logSeverityLevel) => ({ logSeverityLevel })),
    ...['a', 1].map((logId) => ({ logId })),
    { logVerbosityLevel: 'x' },
    { enableProfiling: false },
    { enableProfiling: 1 },
    ...['cpu', 'gpu-buffer', 'moon', 1].map((preferredOutputLocation) => ({ preferredOutputLocation })),
    { preferredOutputLocation: { map: 'cpu' } },
    { enableGraphCapture: true },
    { extra: {} },
    { extra: { session: { use_env_allocators: '1' } } },
    { extra: 1 },
    { externalData: [] },
    { externalData: 1 },
    { freeDimensionOverrides: {} },
    { freeDimensionOverrides: { other: 3 } },
    { freeDimensionOverrides: { H: 4, W: 4 } },
    { freeDimensionOverrides: { H: -1 } },
    { freeDimensionOverrides: { H: '4' } },
    { freeDimensionOverrides: 1 },
    { profileFilePrefix: 1 },
  ].map(option),
  ...[
    {},
    { unknown: 1 },
    { tag: 'a' },
    { tag: 1 },
    { logSeverityLevel: 2 },
    { logSeverityLevel: 5 },
    { logSeverityLevel: 'a' },
    { logVerbosityLevel: 1 },
    { terminate: false },
    { extra: { memory: { a: '1' } } },
    { terminate: true },
  ].map(runOption),
]);

const like = (changes: object) => ({
  type: 'float32',
  data: pixels(),
  dims,
  location: 'cpu',
  ...changes,
});

const feeds: Probes = {
  'a run': feed(image),
  'more feeds than inputs': run((ort) => [{ image: image(ort), other: image(ort), third: 5 }]),
  'a missing feed': run(() => [{}]),
  'a feed that only looks like a tensor': feed(() => like({})),
  'a feed without a location': feed(() => like({ location: undefined })),
  'a feed with an array for data': feed(() => like({ data: [...pixels()] })),
  'a feed with too few data': feed(() => like({ data: pixels().subarray(1) })),
  'a number for a feed': feed(() => 5),
  'null for a feed': feed(() => null),
  'a feed of another type': feed((ort) => new ort.Tensor('int32', new Int32Array(32), dims)),
  'a feed of other dims': feed((ort) => new ort.Tensor('float32', new Float32Array(48), [1, 3, 4, 4])),
  'a feed of another rank': feed((ort) => new ort.Tensor('float32', pixels(), [2, 4, 4])),
  'a disposed feed': feed((ort) => {
    const tensor = image(ort);
    tensor.dispose();
    return tensor;
  }),
  'a pinned feed': feed((ort) => ort.Tensor.fromPinnedBuffer('float32', pixels(), dims)),
  'a feed in a texture': feed((ort) => ort.Tensor.fromTexture({} as never, { width: 4, height: 2 })),
  'a feed whose dims were set': feed((ort) => Object.assign(new ort.Tensor('float32', pixels()), { dims })),
};

const fetches: Probes = {
  'an output by name': fetched(() => ['extra']),
  'outputs by null': fetched(() => ({ extra: null, map: null })),
  'no outputs named': fetched(() => ({})),
  'an unknown output': fetched(() => ({ other: null })),
  'a tensor to fill': async (ort) => {
    const target = new ort.Tensor('float32', new Float32Array(16).fill(7), [1, 1, 4, 4]);
    await (await create(ort)).run({ image: image(ort) }, { map: target });
    return target;
  },
  'a tensor to fill is what the run gives': async (ort) => {
    const target = new ort.Tensor('float32', new Float32Array(16), [1, 1, 4, 4]);
    return (await (await create(ort)).run({ image: image(ort) }, { map: target })).map === target;
  },
  'a tensor of other dims to fill': fetched((ort) => ({
    map: new ort.Tensor('float32', new Float32Array(16), [1, 1, 2, 8]),
  })),
  'a tensor of another type to fill': fetched((ort) => ({
    map: new ort.Tensor('int32', new Int32Array(16), [1, 1, 4, 4]),
  })),
};

const types: Probes = Object.fromEntries(
  (
    [
      ['float32', [1.5, -2]],
      ['int32', [1, -2]],
      ['int64', [1n, -2n]],
      ['float16', Uint16Array.of(0x3c00, 0xc000)],
    ] as const
  ).map(([type, values]) => [
    `a run of ${type}`,
    async (ort: Api) => {
      const session = await create(ort, {}, negative(type));
      const x = new (ort.Tensor as unknown as new (...of: readonly unknown[]) => InstanceType<Api['Tensor']>)(
        type,
        values,
      );
      return [session.inputMetadata, session.outputMetadata, await session.run({ x })];
    },
  ]),
);

const lives: Probes = {
  'undefined for a session option': async (ort) =>
    (await create(ort, { graphOptimizationLevel: undefined, intraOpNumThreads: undefined })).inputNames,
  'undefined for a run option': run((ort) => [{ image: image(ort) }, { tag: undefined }]),
  'freeDimensionOverrides in the metadata': async (ort) =>
    (await create(ort, { freeDimensionOverrides: { H: 4 } })).inputMetadata,
  'keys of the session': async (ort) => Object.keys(await create(ort)),
  metadata: async (ort) => {
    const { inputNames, outputNames, inputMetadata, outputMetadata } = await create(ort);
    return { inputNames, outputNames, inputMetadata, outputMetadata };
  },
  'outputs are written to by the caller only': async (ort) => {
    const session = await create(ort);
    const first = await session.run({ image: image(ort) });
    (first.map!.data as Float32Array).fill(9);
    return session.run({ image: image(ort) });
  },
  'the bytes of the model change after create': async (ort) => {
    const bytes = model.slice();
    const session = await create(ort, {}, bytes);
    bytes.fill(0);
    return session.run({ image: image(ort) });
  },
  'runs at once': async (ort) => {
    const session = await create(ort);
    return Promise.all([1, 2, 3].map(() => session.run({ image: image(ort) })));
  },
  'endProfiling without enableProfiling': async (ort) => (await create(ort)).endProfiling(),
  'startProfiling without enableProfiling': async (ort) => (await create(ort)).startProfiling(),
  release: async (ort) => (await create(ort)).release(),
  'release twice': async (ort) => {
    const session = await create(ort);
    await session.release();
    await session.release();
  },
  'a run after release': async (ort) => {
    const session = await create(ort);
    await session.release();
    return session.run({ image: image(ort) });
  },
  'names after release': async (ort) => {
    const session = await create(ort);
    await session.release();
    return session.inputNames;
  },
  'handler.dispose': async (ort) =>
    ((await create(ort)) as never as { handler: { dispose(): Promise<void> } }).handler.dispose(),
  'a path without a file': (ort) => ort.InferenceSession.create('/nothing/here.onnx'),
  'bytes that are no model': (ort) => ort.InferenceSession.create(new Uint8Array(10)),
  'no bytes': (ort) => ort.InferenceSession.create(new Uint8Array(0)),
};

export const engineProbes: Probes = { ...options, ...feeds, ...fetches, ...types, ...lives };
