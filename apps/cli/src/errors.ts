import { type ErrorCode, ZeroskipError } from '@zeroskip/tensor';

/** Words what was expected, for what, and what was received instead. */
export function unexpected(
  code: ErrorCode,
  what: string,
  expected: string,
  received: string,
  cause?: unknown,
): ZeroskipError {
  const message = `Expected ${expected} for ${what}, received ${received}.`;
  return new ZeroskipError(message, { code, expected, received, cause });
}
