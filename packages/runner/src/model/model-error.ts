import { describe, type ErrorCode, ZeroskipError } from '@zeroskip/tensor';

/** An error about the model as a file or a graph, worded as: expected `expected` for `what`, received `received`. */
export function modelError(
  what: string,
  expected: string,
  received: unknown,
  code: ErrorCode = 'ERR_INVALID_MODEL',
): ZeroskipError {
  const text = describe(received);
  return new ZeroskipError(`Expected ${expected} for ${what}, received ${text}.`, {
    code,
    expected,
    received: text,
  });
}
