import { MAX_OPSET } from '../graph/graph.ts';
import { modelError } from '../graph/model-error.ts';
import type { OperatorSetIdProto } from './schema.ts';

/** A domain under one name: the default one may be written as `ai.onnx`. */
export function domainOf(domain: string | undefined): string {
  return domain === undefined || domain === 'ai.onnx' ? '' : domain;
}

/** The version of the default operator set that a model or function imports; of several, the last counts. */
export function opsetVersion(imports: readonly OperatorSetIdProto[], what: string): number {
  const entry = imports.findLast(({ domain }) => domainOf(domain) === '');
  if (!entry) throw modelError(`the operator set imports of ${what}`, 'the default domain', 'none');
  const version = Number(entry.version ?? 0n);
  if (version < 1 || version > MAX_OPSET) {
    throw modelError(
      `the operator set of ${what}`,
      `a version from 1 to ${MAX_OPSET}`,
      version,
      'ERR_UNSUPPORTED_OPERATOR',
    );
  }
  return version;
}
