import { type ErrorCode, ZeroskipError } from '@zeroskip/tensor';
import { modelError } from './model-error.ts';

interface NamedNode {
  readonly name: string;
  readonly opType: string;
}

/** An error about one node, worded as: expected `expected` for `what` of the node, received `received`. */
export function nodeError(
  node: NamedNode,
  what: string,
  expected: string,
  received: unknown,
  code: ErrorCode = 'ERR_INVALID_MODEL',
): ZeroskipError {
  const { name, opType } = node;
  const subject = `${what} of node ${JSON.stringify(name)} (${opType})`;
  return modelError(subject, expected, received, code, { nodeName: name, opType });
}

/** The same error with the node it arose at, for errors of code that knows no nodes. */
export function atNode(node: NamedNode, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  if ('nodeName' in error && error.nodeName !== undefined) return error;
  const { code, expected, received } = error as ZeroskipError;
  return new ZeroskipError(`Node ${JSON.stringify(node.name)} (${node.opType}): ${error.message}`, {
    code,
    ...(expected === undefined ? {} : { expected }),
    ...(received === undefined ? {} : { received }),
    nodeName: node.name,
    opType: node.opType,
    cause: error,
  });
}
