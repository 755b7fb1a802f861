import { rangeError, typeError } from '@zeroskip/tensor';

type Check = (what: string, value: unknown) => void;

const oneOf =
  (...values: readonly unknown[]): Check =>
  (what, value) => {
    if (values.includes(value)) return;
    const fault = typeof value === typeof values[0] && typeof value === 'number' ? rangeError : typeError;
    throw fault(what, `one of ${values.join(', ')}`, value);
  };

const kind =
  (type: 'string' | 'boolean' | 'object', article: string): Check =>
  (what, value) => {
    if (typeof value !== type || value === null) throw typeError(what, `${article} ${type}`, value);
  };

const count: Check = (what, value) => {
  if (typeof value !== 'number') throw typeError(what, 'an integer of at least 0', value);
  if (!Number.isInteger(value) || value < 0) throw rangeError(what, 'an integer of at least 0', value);
};

const locations = ['none', 'cpu', 'cpu-pinned', 'texture', 'gpu-buffer', 'ml-tensor'];
const outputLocation: Check = (what, value) => {
  if (typeof value !== 'object' || value === null) oneOf(...locations)(what, value);
};

const list: Check = (what, value) => {
  if (!Array.isArray(value)) throw typeError(what, 'an array', value);
};

const sizes: Check = (what, value) => {
  kind('object', 'an')(what, value);
  for (const [name, size] of Object.entries(value as object)) count(`${what}.${name}`, size);
};

/** What onnxruntime checks, too; options that are not here are not looked at. */
const sessionChecks: Readonly<Record<string, Check>> = {
  intraOpNumThreads: count,
  interOpNumThreads: count,
  graphOptimizationLevel: oneOf('disabled', 'basic', 'extended', 'layout', 'all'),
  executionMode: oneOf('sequential', 'parallel'),
  enableCpuMemArena: kind('boolean', 'a'),
  enableMemPattern: kind('boolean', 'a'),
  enableProfiling: kind('boolean', 'a'),
  profileFilePrefix: kind('string', 'a'),
  optimizedModelFilePath: kind('string', 'a'),
  logId: kind('string', 'a'),
  logSeverityLevel: oneOf(0, 1, 2, 3, 4),
  preferredOutputLocation: outputLocation,
  freeDimensionOverrides: sizes,
  externalData: list,
  extra: kind('object', 'an'),
};

const runChecks: Readonly<Record<string, Check>> = {
  tag: kind('string', 'a'),
  logSeverityLevel: oneOf(0, 1, 2, 3, 4),
  terminate: kind('boolean', 'a'),
  extra: kind('object', 'an'),
};

function check(options: object, checks: Readonly<Record<string, Check>>): void {
  for (const [name, test] of Object.entries(checks)) {
    const value = (options as Record<string, unknown>)[name];
    if (value !== undefined) test(name, value);
  }
}

/** @throws `TypeError` or `RangeError` for values that an option cannot have; `undefined` is as none */
export function checkSessionOptions(options: object): void {
  check(options, sessionChecks);
}

/** @throws as `checkSessionOptions` */
export function checkRunOptions(options: object): void {
  check(options, runChecks);
}
