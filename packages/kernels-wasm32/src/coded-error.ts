/** An error as the native addon throws it: with a code of Zeroskip's. */
export function codedError(
  code: 'ERR_NATIVE' | 'ERR_OUT_OF_MEMORY',
  expected: string,
  received: string,
  cause?: unknown,
): Error {
  const error = new Error(`Expected ${expected}, received ${received}.`, { cause });
  return Object.assign(error, { code, expected, received });
}
