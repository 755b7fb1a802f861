import * as v from 'valibot';
import { modelError } from '../onnx/model-error.ts';

const name = v.pipe(v.string(), v.nonEmpty());
const dims = v.array(v.pipe(v.number(), v.safeInteger(), v.minValue(0)));

const quantization = v.variant('dtype', [
  v.object({ dtype: v.literal('float16') }),
  v.object({
    dtype: v.picklist(['uint8', 'uint16']),
    scale: v.pipe(v.number(), v.finite()),
    min: v.pipe(v.number(), v.finite()),
  }),
]);

const weight = v.object({
  name,
  shape: dims,
  dtype: v.string(),
  quantization: v.optional(quantization),
});

const weightsManifest = v.array(v.object({ paths: v.array(v.string()), weights: v.array(weight) }));

/** Layer, call and output of a layer, as Keras refers to a tensor; keyword arguments of the call may follow. */
const tensorReference = v.looseTuple([name, v.number(), v.number()]);

const layer = v.object({
  class_name: name,
  name: v.optional(name),
  config: v.record(v.string(), v.unknown()),
  inbound_nodes: v.optional(v.array(v.array(tensorReference)), []),
});

const sequential = v.union([
  v.array(layer),
  v.pipe(
    v.object({ layers: v.array(layer) }),
    v.transform(({ layers }) => layers),
  ),
]);

const functional = v.object({
  layers: v.array(layer),
  input_layers: v.array(tensorReference),
  output_layers: v.array(tensorReference),
});

const network = v.object({ class_name: name, config: v.unknown() });

const modelJson = v.object({
  modelTopology: v.union([
    v.pipe(
      v.object({ model_config: network }),
      v.transform(({ model_config }) => model_config),
    ),
    network,
  ]),
  weightsManifest,
});

export type WeightsManifest = v.InferOutput<typeof weightsManifest>;
export type WeightEntry = v.InferOutput<typeof weight>;
export type LayerEntry = v.InferOutput<typeof layer>;
export type TensorReference = v.InferOutput<typeof tensorReference>;
export type Functional = v.InferOutput<typeof functional>;
export type Network = v.InferOutput<typeof network>;
export type ModelJson = v.InferOutput<typeof modelJson>;

function check<S extends v.GenericSchema>(schema: S, value: unknown, what: string): v.InferOutput<S> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const issue = result.issues[0];
  const path = v.getDotPath(issue);
  throw modelError(
    path === null ? what : `${path} of ${what}`,
    issue.expected ?? 'a valid value',
    issue.input,
  );
}

/** @throws `ZeroskipError` with code `ERR_INVALID_MODEL` that names the field */
export function readModelJson(bytes: Uint8Array): ModelJson {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw modelError('model.json', 'JSON in UTF-8', (cause as Error).message);
  }
  const { format, modelTopology } = value as { format?: unknown; modelTopology?: { node?: unknown } };
  if (format === 'graph-model' || modelTopology?.node !== undefined) {
    const expected = 'a TensorFlow.js Layers model';
    throw modelError('model.json', expected, 'a graph model', 'ERR_UNSUPPORTED_OPERATOR');
  }
  return check(modelJson, value, 'model.json');
}

export function readSequential(config: unknown, what: string): LayerEntry[] {
  return check(sequential, config, what);
}

export function readFunctional(config: unknown, what: string): Functional {
  return check(functional, config, what);
}
