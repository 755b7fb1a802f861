import type { Api, Probes } from '../support/observe.ts';

const handler = (ort: Api) => ({
  inputNames: ['x'],
  outputNames: ['y', 'z'],
  inputMetadata: [],
  outputMetadata: [],
  dispose: async () => undefined,
  startProfiling: () => undefined,
  endProfiling: () => undefined,
  run: async (_feeds: unknown, fetches: object, options: object) => ({
    y: { type: 'float32', data: Float32Array.of(Object.keys(fetches).length), dims: [1] },
    z: new ort.Tensor('string', [Object.keys(fetches).join(), JSON.stringify(options)]),
  }),
});

let names = 0;

/** Registers a backend of another name each time, and makes a session of it. */
async function session(ort: Api) {
  const name = `probe${names++}`;
  const backend = { init: async () => undefined, createInferenceSessionHandler: async () => handler(ort) };
  ort.registerBackend(name, backend as never, -1);
  return ort.InferenceSession.create(new Uint8Array(1), { executionProviders: [name] });
}

type Session = Awaited<ReturnType<typeof session>> & { run(...values: readonly unknown[]): Promise<unknown> };
const run =
  (...values: readonly unknown[]) =>
  async (ort: Api) =>
    ((await session(ort)) as Session).run(...values);
const x = { type: 'float32', data: Float32Array.of(1), dims: [1], location: 'cpu' };

const runs: Probes = {
  run: run({ x }),
  'run without feeds': run(),
  'run with null': run(null),
  'run with an array': run([x]),
  'run with a tensor': async (ort) => ((await session(ort)) as Session).run(new ort.Tensor([true])),
  'run without an input': run({}),
  'run with an undefined input': run({ x: undefined }),
  'run with more feeds': run({ x, other: x }),
  'run with empty objects': run({ x }, {}, {}),
  'run with names': run({ x }, ['z']),
  'run with the same name twice': run({ x }, ['z', 'z']),
  'run with an unknown name': run({ x }, ['w']),
  'run with a number for a name': run({ x }, [1]),
  'run with no names': run({ x }, []),
  'run with null for an output': run({ x }, { z: null }),
  'run with undefined for an output': run({ x }, { z: undefined }),
  'run with an unknown output': run({ x }, { w: null }),
  'run with a tensor for an output': async (ort) =>
    ((await session(ort)) as Session).run({ x }, { z: new ort.Tensor([true]) }),
  'run with a tensor for fetches': async (ort) =>
    ((await session(ort)) as Session).run({ x }, new ort.Tensor([true])),
  'run with null for fetches': run({ x }, null),
  'run with a number for fetches': run({ x }, 1),
  'run with a string for fetches': run({ x }, 'z'),
  'run with options': run({ x }, { tag: 'a' }),
  'run with names and options': run({ x }, ['z'], { tag: 'a' }),
  'run with names and a number': run({ x }, ['z'], 1),
  'run with names and null': run({ x }, ['z'], null),
  'run with outputs and a number': run({ x }, { z: null }, 1),
  'run with outputs and options': run({ x }, { z: null }, { tag: 'a' }),
};

const sessions: Probes = {
  'keys of a session': async (ort) => Object.keys(await session(ort)),
  'name of a session': async (ort) => (await session(ort)).constructor.name,
  'names of a session': async (ort) => {
    const { inputNames, outputNames, inputMetadata } = await session(ort);
    return [inputNames, outputNames, inputMetadata];
  },
  'session.handler.dispose': async (ort) =>
    ((await session(ort)) as never as { handler: { dispose(): Promise<unknown> } }).handler.dispose(),
  release: async (ort) => (await session(ort)).release(),
  startProfiling: async (ort) => (await session(ort)).startProfiling(),
  endProfiling: async (ort) => (await session(ort)).endProfiling(),
  'new InferenceSession': (ort) => {
    const Class = ort.InferenceSession as unknown as new (handler: object) => { inputNames: unknown };
    return new Class({ inputNames: ['a'] }).inputNames;
  },
};

type Create = (...values: readonly unknown[]) => Promise<unknown>;
/** What a backend is given by `create`. */
const created =
  (...values: readonly unknown[]) =>
  async (ort: Api) => {
    const name = `probe${names++}`;
    const given: unknown[] = [];
    const backend = {
      init: async () => undefined,
      createInferenceSessionHandler: async (model: string | Uint8Array, options: { logId?: string }) => {
        given.push(typeof model === 'string' ? model : Array.from(model), options.logId);
        return handler(ort);
      },
    };
    ort.registerBackend(name, backend as never, 2 ** 20 + names);
    await (ort.InferenceSession.create as unknown as Create)(...values);
    return given;
  };

const bytes = Uint8Array.of(1, 2, 3, 4);
const shared = new SharedArrayBuffer(4);
const logId = 'a';
const creations: Probes = Object.fromEntries(
  Object.entries({
    path: ['net.onnx'],
    'path, options': ['net.onnx', { logId }],
    'path, null': ['net.onnx', null],
    'path, number': ['net.onnx', 1],
    bytes: [bytes],
    Buffer: [Buffer.from(bytes)],
    'bytes, options': [bytes, { logId }],
    'bytes, null': [bytes, null],
    'bytes, number': [bytes, 1],
    'a part of a buffer as bytes': [bytes.subarray(1, 3)],
    buffer: [bytes.buffer],
    'buffer, options': [bytes.buffer, { logId }],
    'buffer, null': [bytes.buffer, null],
    'buffer, string': [bytes.buffer, '1'],
    SharedArrayBuffer: [shared],
    'buffer, offset': [bytes.buffer, 1],
    'buffer, offset, length': [bytes.buffer, 1, 2],
    'buffer, offset, length, options': [bytes.buffer, 1, 2, { logId }],
    'buffer, offset, length, null': [bytes.buffer, 1, 2, null],
    'buffer, offset, length, number': [bytes.buffer, 1, 2, 3],
    'buffer, offset, options': [bytes.buffer, 1, { logId }],
    'buffer, offset, undefined, options': [bytes.buffer, 1, undefined, { logId }],
    'buffer, offset below 0': [bytes.buffer, -1],
    'buffer, offset at the end': [bytes.buffer, 4],
    'buffer, fraction': [bytes.buffer, 1.5],
    'buffer, offset, length 0': [bytes.buffer, 1, 0],
    'buffer, offset, too long': [bytes.buffer, 1, 4],
    'buffer, offset, fraction': [bytes.buffer, 1, 1.5],
    'buffer, offset, string': [bytes.buffer, 1, '2'],
    nothing: [],
    null: [null],
    number: [1],
    Uint16Array: [new Uint16Array(2)],
    DataView: [new DataView(bytes.buffer)],
    URL: [new URL('file:///net.onnx')],
    array: [[1, 2]],
  }).map(([name, values]) => [`create(${name})`, created(...values)]),
);

const backend = () => ({ init: async () => undefined, createInferenceSessionHandler: async () => ({}) });
const registering =
  (...values: readonly unknown[]) =>
  (ort: Api) =>
    (ort.registerBackend as unknown as (...values: readonly unknown[]) => unknown)(...values);
const withProviders = (executionProviders: unknown) => async (ort: Api) => {
  const [name, other] = [`probe${names++}`, `probe${names++}`];
  const given: unknown[] = [];
  const made = {
    init: async (initialized: string) => given.push(`init ${initialized.replace(name, 'a')}`),
    createInferenceSessionHandler: async (_model: unknown, { executionProviders: left }: never) => {
      given.push(JSON.stringify(left).replaceAll(name, 'a'));
      return handler(ort);
    },
  };
  ort.registerBackend(name, made as never, 1);
  ort.registerBackend(other, { ...backend(), init: () => Promise.reject(new Error('broken')) } as never, 1);
  const text = JSON.stringify(executionProviders).replaceAll('own', name).replaceAll('broken', other);
  const { warn } = console;
  console.warn = () => given.push('warned');
  try {
    const options = { executionProviders: JSON.parse(text) };
    await ort.InferenceSession.create(bytes, options);
    await ort.InferenceSession.create(bytes, options);
  } finally {
    console.warn = warn;
  }
  return given;
};

const backends: Probes = {
  'registerBackend without init': registering('p', { createInferenceSessionHandler: () => undefined }, 1),
  'registerBackend without create': registering('p', { init: () => undefined }, 1),
  'registerBackend of nothing': registering('p'),
  registerBackend: registering('q', backend(), 1),
  'registerBackend again': (ort) => {
    const one = backend();
    ort.registerBackend('r', one as never, 1);
    ort.registerBackend('r', one as never, 1);
  },
  'registerBackend of another': (ort) => {
    ort.registerBackend('s', backend() as never, 1);
    ort.registerBackend('s', backend() as never, 1);
  },
  'registerBackend of another with less priority': (ort) => {
    ort.registerBackend('t', backend() as never, 1);
    ort.registerBackend('t', backend() as never, 0);
  },
  'executionProviders: own': withProviders(['own']),
  'executionProviders: object': withProviders([{ name: 'own', deviceId: 1 }]),
  'executionProviders: unknown, own': withProviders(['moon', 'own']),
  'executionProviders: broken, own': withProviders(['broken', { name: 'own' }]),
  'executionProviders: broken': withProviders(['broken']),
  'executionProviders: unknown': withProviders(['moon']),
  'executionProviders: a string': withProviders('own'),
  'executionProviders: null in it': withProviders([null]),
  'executionProviders: nameless': withProviders([{}]),
};

export const sessionProbes: Probes = { ...runs, ...sessions, ...creations, ...backends };
