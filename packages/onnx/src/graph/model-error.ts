import { describe, type ErrorCode, ZeroskipError } from '@zeroskip/tensor';

/** The node or layer that an error is about. */
type Place = Pick<ZeroskipError, 'nodeName' | 'opType'>;

/** An error about the model as a file or a graph, worded as: expected `expected` for `what`, received `received`. */
export function modelError(
  what: string,
  expected: string,
  received: unknown,
  code: ErrorCode = 'ERR_INVALID_MODEL',
  place: Place = {},
): ZeroskipError {
  const text = describe(received);
  return new ZeroskipError(`Expected ${expected} for ${what}, received ${text}.`, {
    code,
    expected,
    received: text,
    ...place,
  });
}

/**
 * One error about all operators or classes of layers that a model uses and that are not known here.
 * @param of what the places are: node, layer
 * @param found places by kind
 */
export function missingError(
  what: string,
  of: string,
  found: ReadonlyMap<string, readonly { readonly name: string }[]>,
  place: Place,
): ZeroskipError {
  const list = [...found].map(([kind, [first, ...others]]) => {
    const more = others.length > 0 ? ` and ${others.length} more` : '';
    return `${kind} (${of} ${JSON.stringify(first!.name)}${more})`;
  });
  const [expected, received] = [`${what} that @zeroskip/runner implements`, list.join(', ')];
  return new ZeroskipError(`Expected ${expected}, received ${received}.`, {
    code: 'ERR_UNSUPPORTED_OPERATOR',
    expected,
    received,
    ...place,
  });
}
