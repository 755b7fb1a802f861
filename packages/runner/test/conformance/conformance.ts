import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decode, defaultLimits, type Form, storedTensor } from '@zeroskip/onnx';
import { type ElementType, Tensor } from '@zeroskip/tensor';
import protobuf from 'protobufjs/minimal.js';
import type { Value } from '../../src/values/value.ts';

const repository = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '..');

/** ONNX's node tests and light models, and files that once failed, where they are at hand. */
export const conformanceFolder = process.env.ZEROSKIP_CONFORMANCE
  ? resolve(process.env.ZEROSKIP_CONFORMANCE)
  : join(repository, '..', 'shared', 'conformance');

export const hasConformance = existsSync(conformanceFolder);
if (!hasConformance)
  console.warn(
    `Skipped: ONNX's node tests, light models and files that once failed, as ${conformanceFolder} does not exist.`,
  );

type Named<T> = T & { readonly name: string };

/** A serialized TensorProto in its stored type. */
export function readTensorFile(path: string): Named<Tensor> {
  return tensorOf(readFileSync(path));
}

function tensorOf(bytes: Uint8Array): Named<Tensor> {
  const stored = storedTensor(decode('TensorProto', new Uint8Array(bytes), 1000), defaultLimits);
  return Object.assign(new Tensor(stored.type as ElementType, stored.values() as never, stored.dims), {
    name: stored.name,
  });
}

/** The fields of a message, without their meaning. */
function fieldsOf(bytes: Uint8Array): { readonly number: number; readonly bytes: Uint8Array }[] {
  const reader = new protobuf.Reader(bytes);
  const fields = [];
  while (reader.pos < reader.len) {
    const number = reader.tag() >>> 3;
    if (number === ELEMENT_TYPE) reader.int32();
    else fields.push({ number, bytes: reader.bytes() });
  }
  return fields;
}

/** Field numbers of ONNX's SequenceProto and OptionalProto. */
const NAME = 1;
const ELEMENT_TYPE = 2;
const TENSOR = 3;
const SEQUENCE = 5;

/** A serialized value of the form that a model declares: a TensorProto, a SequenceProto or an OptionalProto. */
export function readValueFile(path: string, form: Form | undefined): { name: string; value: Value } {
  const bytes = readFileSync(path);
  if (form === undefined) {
    const tensor = tensorOf(bytes);
    return { name: tensor.name, value: tensor };
  }
  const fields = fieldsOf(bytes);
  const name = new TextDecoder().decode(fields.find(({ number }) => number === NAME)?.bytes);
  const tensors = (among: typeof fields) =>
    among.filter(({ number }) => number === TENSOR).map((field) => tensorOf(field.bytes));
  if (form === 'sequence') return { name, value: tensors(fields) };
  const sequence = fields.find(({ number }) => number === SEQUENCE);
  return { name, value: sequence ? tensors(fieldsOf(sequence.bytes)) : (tensors(fields)[0] ?? null) };
}

/** Files of values. */
export interface DataSet {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export interface NodeCase {
  readonly name: string;
  readonly model: string;
  readonly dataSets: readonly DataSet[];
}

/** The cases of a folder of the conformance data. */
export function nodeCases(suite: string): NodeCase[] {
  if (!hasConformance) return [];
  const root = join(conformanceFolder, suite);
  const numbered = (folder: string, kind: string) =>
    readdirSync(folder)
      .filter((file) => file.startsWith(kind))
      .sort((a, b) => Number(a.match(/\d+/)![0]) - Number(b.match(/\d+/)![0]))
      .map((file) => join(folder, file));
  return readdirSync(root).map((name) => ({
    name,
    model: join(root, name, 'model.onnx'),
    dataSets: readdirSync(join(root, name))
      .filter((entry) => entry.startsWith('test_data_set_'))
      .map((entry) => join(root, name, entry))
      .map((folder) => ({ inputs: numbered(folder, 'input_'), outputs: numbered(folder, 'output_') })),
  }));
}
