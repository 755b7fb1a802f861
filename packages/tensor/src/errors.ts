/** What an error concerns, for programs that handle it and for people who read it. */
export interface ErrorDetails {
  /** Stable, machine-readable: `ERR_` and words in capitals. */
  code: ErrorCode;
  expected?: string;
  received?: string;
  /** The graph node at fault, where there is one. */
  nodeName?: string;
  opType?: string;
  cause?: unknown;
}

export type ErrorCode =
  | 'ERR_INVALID_ARGUMENT'
  | 'ERR_INVALID_SHAPE'
  | 'ERR_INVALID_TYPE'
  | 'ERR_INVALID_MODEL'
  | 'ERR_INVALID_FORMAT'
  | 'ERR_INVALID_PLAN'
  | 'ERR_LIMIT_EXCEEDED'
  | 'ERR_OUT_OF_MEMORY'
  | 'ERR_UNSUPPORTED_OPERATOR'
  | 'ERR_UNSUPPORTED_TYPE'
  | 'ERR_UNKNOWN_ALGORITHM'
  | 'ERR_REFUSED'
  | 'ERR_RELEASED'
  | 'ERR_ABORTED'
  | 'ERR_ADDON_UNAVAILABLE'
  | 'ERR_NATIVE'
  | 'ERR_VERIFICATION'
  | 'ERR_FILE'
  | 'ERR_MISSING_PACKAGE'
  | 'ERR_STORAGE'
  | 'ERR_QUEUE';

function assignDetails(error: Error, details: ErrorDetails): void {
  for (const [key, value] of Object.entries(details)) {
    if (key !== 'cause' && value !== undefined) {
      Object.defineProperty(error, key, { value, enumerable: true });
    }
  }
}

/** `Base` with the details as properties. */
function coded(Base: ErrorConstructor) {
  return class extends Base {
    declare readonly code: ErrorCode;
    declare readonly expected?: string;
    declare readonly received?: string;
    declare readonly nodeName?: string;
    declare readonly opType?: string;

    constructor(message: string, details: ErrorDetails) {
      super(message, details.cause === undefined ? undefined : { cause: details.cause });
      assignDetails(this, details);
    }
  };
}

/** Base of the errors that are neither a wrong type nor a wrong range. */
export class ZeroskipError extends coded(Error) {
  override name = 'ZeroskipError';
}

/** A value of the wrong kind. */
export class ZeroskipTypeError extends coded(TypeError) {
  override name = 'ZeroskipTypeError';
}

/** A value of the right kind outside its range. */
export class ZeroskipRangeError extends coded(RangeError) {
  override name = 'ZeroskipRangeError';
}

/** Words a received value for a message: short, with its type where the value alone does not tell. */
export function describe(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) {
    const shown = value
      .slice(0, 8)
      .map((item) => (Array.isArray(item) ? `an array of ${item.length}` : describe(item)))
      .join(', ');
    return `[${shown}${value.length > 8 ? `, … ${value.length} in all` : ''}]`;
  }
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`;
  if (typeof value === 'object' && value !== null)
    return `an instance of ${value.constructor?.name ?? 'Object'}`;
  return String(value);
}

/** `TypeError` worded as: expected `expected` for `what`, received `value`. */
export function typeError(
  what: string,
  expected: string,
  value: unknown,
  code: ErrorCode = 'ERR_INVALID_TYPE',
) {
  const received = describe(value);
  return new ZeroskipTypeError(`Expected ${expected} for ${what}, received ${received}.`, {
    code,
    expected,
    received,
  });
}

/** `RangeError` worded as: expected `expected` for `what`, received `value`. */
export function rangeError(
  what: string,
  expected: string,
  value: unknown,
  code: ErrorCode = 'ERR_INVALID_ARGUMENT',
) {
  const received = describe(value);
  return new ZeroskipRangeError(`Expected ${expected} for ${what}, received ${received}.`, {
    code,
    expected,
    received,
  });
}

/** An error worded as: expected `expected` for `what`, received `received`, which is already in words. */
export function unexpected(
  code: ErrorCode,
  what: string,
  expected: string,
  received: string,
  cause?: unknown,
) {
  const message = `Expected ${expected} for ${what}, received ${received}.`;
  return new ZeroskipError(message, { code, expected, received, cause });
}

/** What using something after its release throws. */
export function released(what: string): ZeroskipError {
  return new ZeroskipError(`Expected a ${what} in use, received one that was released.`, {
    code: 'ERR_RELEASED',
  });
}

/**
 * Throws unless `value` is an integer in `[min, max]`.
 * @param what a function where the words are many and the check is frequent
 */
export function assertInteger(
  what: string | (() => string),
  value: unknown,
  min: number,
  max = Number.MAX_SAFE_INTEGER,
): asserts value is number {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return;
  const range =
    max === Number.MAX_SAFE_INTEGER ? `an integer of at least ${min}` : `an integer from ${min} to ${max}`;
  const subject = typeof what === 'string' ? what : what();
  throw typeof value === 'number' ? rangeError(subject, range, value) : typeError(subject, range, value);
}
