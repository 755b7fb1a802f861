import type { Api, Probes } from '../support/observe.ts';

const logLevel = (value: unknown) => (ort: Api) => {
  try {
    (ort.env as { logLevel: unknown }).logLevel = value;
    return ort.env.logLevel;
  } finally {
    ort.env.logLevel = 'warning';
  }
};

/** The marks and timers of what `use` does, with tracing set by `flags`. */
function marks(flags: { trace?: boolean; wasm?: boolean }, use: (ort: Api) => unknown) {
  return async (ort: Api) => {
    const { timeStamp, time, timeEnd } = console;
    const given: unknown[] = [];
    const note = (kind: string) => (label?: string) => given.push(`${kind} ${label}`);
    Object.assign(console, { timeStamp: note('mark'), time: note('time'), timeEnd: note('end') });
    if (flags.trace !== undefined) ort.env.trace = flags.trace;
    if (flags.wasm !== undefined) ort.env.wasm.trace = flags.wasm;
    try {
      await use(ort);
      return given;
    } finally {
      Object.assign(console, { timeStamp, time, timeEnd });
      delete ort.env.trace;
      delete ort.env.wasm.trace;
    }
  };
}

function everything(ort: Api): void {
  ort.TRACE('GPU', 'label');
  ort.TRACE_FUNC_BEGIN();
  ort.TRACE_FUNC_BEGIN('more');
  ort.TRACE_FUNC_END('more');
  ort.TRACE_EVENT_BEGIN('event');
  ort.TRACE_EVENT_END('event');
}

export const envProbes: Probes = {
  exports: (ort) => Object.keys(ort).sort(),
  'keys of env': (ort) => Object.keys(ort.env).sort(),
  'env.versions': (ort) => ort.env.versions,
  'env.versions.common': (ort) => ort.env.versions.common,
  'env.wasm, webgl, webgpu': (ort) => [ort.env.wasm, ort.env.webgl, ort.env.webgpu],
  'env keeps flags': (ort) => {
    ort.env.wasm.numThreads = 3;
    ort.env.wasm.wasmPaths = '/dist/';
    ort.env.webgpu.powerPreference = 'low-power';
    const kept = [ort.env.wasm, ort.env.webgpu].map((flags) => ({ ...flags }));
    delete ort.env.wasm.numThreads;
    delete ort.env.wasm.wasmPaths;
    delete ort.env.webgpu.powerPreference;
    return kept;
  },
  'env keeps what it does not know': (ort) => {
    ort.env.anything = 1;
    const { anything } = ort.env;
    delete ort.env.anything;
    return anything;
  },
  'spread of env': (ort) => Object.keys({ ...ort.env }).sort(),
  'env.debug': (ort) => ort.env.debug,
  'env.logLevel': (ort) => ort.env.logLevel,
  'env.logLevel = verbose': logLevel('verbose'),
  'env.logLevel = undefined': logLevel(undefined),
  'env.logLevel = null': logLevel(null),
  'env.logLevel = loud': logLevel('loud'),
  'env.logLevel = 0': logLevel(0),
  'tracing off': marks({}, everything),
  'tracing on': marks({ trace: true }, everything),
  'tracing on by env.wasm': marks({ wasm: true }, everything),
  'tracing off, on by env.wasm': marks({ trace: false, wasm: true }, everything),
};
