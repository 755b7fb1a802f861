import { describe, type ErrorCode, ZeroskipError } from '@zeroskip/tensor';

interface Details {
  readonly code?: ErrorCode;
  readonly cause?: unknown;
}

/** An `Error` worded as: expected `expected` for `what`, received `value`. */
export function refusal(
  what: string,
  expected: string,
  value: unknown,
  { code = 'ERR_INVALID_ARGUMENT', cause }: Details = {},
): ZeroskipError {
  const received = typeof value === 'string' ? value : describe(value);
  const message = `Expected ${expected} for ${what}, received ${received}.`;
  return new ZeroskipError(message, { code, expected, received, cause });
}
