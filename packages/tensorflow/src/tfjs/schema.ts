import { modelError } from '@zeroskip/onnx';
import * as v from 'valibot';

export const name = v.pipe(v.string(), v.nonEmpty());
const dims = v.array(v.pipe(v.number(), v.safeInteger(), v.minValue(0)));

const quantization = v.variant('dtype', [
  v.object({ dtype: v.literal('float16') }),
  v.object({
    dtype: v.picklist(['uint8', 'uint16']),
    original_dtype: v.optional(v.string()),
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

export const weightsManifest = v.array(v.object({ paths: v.array(v.string()), weights: v.array(weight) }));

/** Layer, call and output of a layer, as Keras refers to a tensor; keyword arguments of the call may follow. */
const tensorReference = v.looseTuple([name, v.number(), v.number()]);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Lists and tensors inside the arguments of a call, deeper than any layer has them. */
const MAX_ARGUMENT_DEPTH = 8;

/** The tensors among the arguments of a call, as Keras 3 writes them. */
function tensorsAmong(value: unknown, depth = 0): unknown[] {
  if (depth > MAX_ARGUMENT_DEPTH) return [];
  if (Array.isArray(value)) return value.flatMap((each) => tensorsAmong(each, depth + 1));
  if (!isRecord(value)) return [];
  const { class_name: className, config } = value;
  if (className === '__keras_tensor__' && isRecord(config)) return [config.keras_history];
  return Object.values(value).flatMap((each) => tensorsAmong(each, depth + 1));
}

/** A call of a layer: a list of tensors, or the arguments that hold them, as Keras 3 has it. */
const call = v.pipe(
  v.unknown(),
  v.transform((value) =>
    isRecord(value) && Array.isArray(value.args) ? tensorsAmong([value.args, value.kwargs]) : value,
  ),
  v.array(tensorReference),
);

const layer = v.object({
  class_name: name,
  name: v.optional(name),
  config: v.optional(v.record(v.string(), v.unknown()), {}),
  inbound_nodes: v.optional(v.array(call), []),
});

const sequential = v.union([
  v.array(layer),
  v.pipe(
    v.object({ layers: v.array(layer) }),
    v.transform(({ layers }) => layers),
  ),
]);

/** A list of tensors; Keras 3 leaves the list away where there is one. */
const tensors = v.pipe(
  v.unknown(),
  v.transform((value) => (Array.isArray(value) && typeof value[0] === 'string' ? [value] : value)),
  v.array(tensorReference),
);

const functional = v.object({ layers: v.array(layer), input_layers: tensors, output_layers: tensors });

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

export function check<S extends v.GenericSchema>(schema: S, value: unknown, what: string): v.InferOutput<S> {
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

/** @throws `ZeroskipError` with code `ERR_INVALID_MODEL` */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw modelError('model.json', 'JSON in UTF-8', (cause as Error).message);
  }
}

/** @throws `ZeroskipError` with code `ERR_INVALID_MODEL` that names the field */
export function readModelJson(json: unknown): ModelJson {
  return check(modelJson, json, 'model.json');
}

export function readSequential(config: unknown, what: string): LayerEntry[] {
  return check(sequential, config, what);
}

export function readFunctional(config: unknown, what: string): Functional {
  return check(functional, config, what);
}
