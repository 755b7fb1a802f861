import * as v from 'valibot';
import { check, name, weightsManifest } from '../schema.ts';

const attribute = v.record(v.string(), v.unknown());

const node = v.object({
  name,
  op: name,
  input: v.optional(v.array(v.string()), []),
  attr: v.optional(v.record(v.string(), attribute), {}),
});

const argument = v.object({ name });

const libraryFunction = v.object({
  signature: v.object({
    name,
    inputArg: v.optional(v.array(argument), []),
    outputArg: v.optional(v.array(argument), []),
  }),
  nodeDef: v.optional(v.array(node), []),
  ret: v.optional(v.record(v.string(), v.string()), {}),
});

const tensorInfo = v.object({ name: v.optional(name) });

const signature = v.object({
  inputs: v.optional(v.record(v.string(), tensorInfo), {}),
  outputs: v.optional(v.record(v.string(), tensorInfo), {}),
});

const graphModel = v.pipe(
  v.object({
    modelTopology: v.object({
      node: v.array(node),
      library: v.optional(v.object({ function: v.optional(v.array(libraryFunction), []) }), { function: [] }),
    }),
    weightsManifest,
    modelInitializer: v.optional(v.nullable(v.object({ node: v.optional(v.array(node), []) }))),
    signature: v.optional(signature),
    userDefinedMetadata: v.optional(v.nullable(v.looseObject({ signature: v.optional(signature) }))),
  }),
  v.transform(
    ({ modelTopology, weightsManifest: weights, modelInitializer, signature: own, userDefinedMetadata }) => ({
      nodes: modelTopology.node,
      initializer: modelInitializer?.node ?? [],
      functions: modelTopology.library.function,
      weightsManifest: weights,
      signature: own ?? userDefinedMetadata?.signature ?? { inputs: {}, outputs: {} },
    }),
  ),
);

export type NodeEntry = v.InferOutput<typeof node>;
export type FunctionEntry = v.InferOutput<typeof libraryFunction>;
export type GraphModel = v.InferOutput<typeof graphModel>;

/** @throws `ZeroskipError` with code `ERR_INVALID_MODEL` that names the field */
export function readGraphModel(json: unknown): GraphModel {
  return check(graphModel, json, 'model.json');
}

/** Whether a model.json holds a graph model rather than layers. */
export function isGraphModel(json: unknown): boolean {
  const { format, modelTopology } = (json ?? {}) as { format?: unknown; modelTopology?: unknown };
  return format === 'graph-model' || (modelTopology as { node?: unknown } | null)?.node !== undefined;
}
