import { decode, encode, type Field, type Message, type MessageName, schema } from '@zeroskip/onnx';
import { InferenceSession } from '../../../src/index.ts';
import { operators } from '../../../src/ops/index.ts';
import { model } from '../../support/onnx.ts';
import { onnxModels } from './onnx-models.ts';
import { runOnce } from './run-once.ts';
import { type FuzzTarget, mutateBytes, pick, type Random, withoutBytes } from './target.ts';

const limits = {
  maxRunBytes: 2 ** 20,
  maxFoldedBytes: 2 ** 20,
  maxNodes: 1000,
  maxTensors: 1000,
  maxIterations: 50,
};
const MAX_MESSAGES = 5000;

const integers = [0, 1, -1, 2, 3, 4, 7, -2, 100, 65536, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 53].map(
  BigInt,
);
const huge = [2n ** 63n - 1n, -(2n ** 63n), 2n ** 62n, 2n ** 32n, 2n ** 40n];
const floats = [0, -0, 1, -1, 0.5, 1e-45, 3e38, Number.NaN, Number.POSITIVE_INFINITY, -1e30];
const words = ['', 'x', 'y', 'w', '__proto__', 'toString', 'SAME_UPPER', 'SAME_LOWER', 'VALID', 'NOTSET'];
const modes = ['nearest', 'linear', 'cubic', 'constant', 'reflect', 'edge', 'align_corners', 'floor', 'DCR'];

type Draft = Record<string, unknown>;

/** A message whose lists are ordinary arrays. */
function draftOf(name: MessageName, message: Message): Draft {
  const draft: Draft = {};
  for (const field of Object.values(schema[name])) {
    const value = message[field.name];
    if (value === undefined) continue;
    const convert = (each: unknown) =>
      field.type in schema ? draftOf(field.type as MessageName, each as Message) : each;
    draft[field.name] = field.repeated ? Array.from(value as Iterable<unknown>, convert) : convert(value);
  }
  return draft;
}

interface Place {
  readonly draft: Draft;
  readonly field: Field;
}

interface Survey {
  readonly places: Place[];
  /** Values by type of field, to take elsewhere. */
  readonly values: Map<string, unknown[]>;
}

function survey(name: MessageName, draft: Draft, found: Survey): Survey {
  for (const field of Object.values(schema[name])) {
    found.places.push({ draft, field });
    const value = draft[field.name];
    if (value === undefined) continue;
    const values = field.repeated ? (value as unknown[]) : [value];
    const known = found.values.get(field.type) ?? [];
    found.values.set(field.type, known);
    known.push(...values.slice(0, 8));
    if (!(field.type in schema)) continue;
    for (const each of values) survey(field.type as MessageName, each as Draft, found);
  }
  return found;
}

function freshValue(type: Field['type'], old: unknown, random: Random): unknown {
  switch (type) {
    case 'int64':
    case 'uint64':
      return random() < 0.8 ? pick(integers, random) : pick(huge, random);
    case 'int32':
      return random() < 0.7 ? Math.floor(random() * 26) : pick([-1, 2 ** 31 - 1, -(2 ** 31), 99], random);
    case 'float':
    case 'double':
      return pick(floats, random);
    case 'string':
      return pick([pick(words, random), pick(modes, random), pick(operators, random).opType], random);
    case 'bytes': {
      const bytes = old instanceof Uint8Array ? old : new TextEncoder().encode(pick(modes, random));
      return bytes.length === 0 ? new Uint8Array(4) : mutateBytes(bytes, bytes, random);
    }
    default:
      return {};
  }
}

function mutateField({ places, values }: Survey, random: Random): void {
  const { draft, field } = pick(places, random);
  const old = draft[field.name];
  const known = values.get(field.type) ?? [];
  const single = Array.isArray(old) ? old[0] : old;
  const value = () =>
    known.length > 0 && random() < 0.4
      ? structuredClone(pick(known, random))
      : freshValue(field.type, single, random);
  if (!field.repeated) {
    if (random() < 0.15) delete draft[field.name];
    else draft[field.name] = value();
    return;
  }
  const list = [...((old as unknown[] | undefined) ?? [])];
  const at = Math.floor(random() * list.length);
  const change = Math.floor(random() * 5);
  if (change === 0 && list.length > 0) list.splice(at, 1);
  else if (change === 1 && list.length > 0) list.splice(at, 0, structuredClone(list[at]));
  else if (change === 2 && list.length > 0) list[at] = value();
  else if (change === 3 && list.length > 1) list.push(list.shift());
  else list.push(value());
  draft[field.name] = list;
}

/** A model as plain objects and arrays; undefined where it is none. */
export function modelDraft(bytes: Uint8Array): Draft | undefined {
  try {
    return draftOf('ModelProto', decode('ModelProto', bytes, MAX_MESSAGES) as unknown as Message);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

/** The model without a field, or without an element of a list, each in turn; whole nodes and constants first. */
function* withoutFields(bytes: Uint8Array): Generator<Uint8Array> {
  const draft = modelDraft(bytes);
  if (!draft) {
    yield* withoutBytes(bytes);
    return;
  }
  const { places } = survey('ModelProto', draft, { places: [], values: new Map() });
  for (const { draft: holder, field } of places) {
    const value = holder[field.name];
    if (value === undefined) continue;
    const list = field.repeated ? (value as unknown[]) : undefined;
    const shorter = list ? list.map((_, i) => list.toSpliced(i, 1)) : [undefined];
    for (const each of shorter) {
      holder[field.name] = each;
      yield encode('ModelProto', draft);
    }
    holder[field.name] = value;
  }
}

function mutateModel(bytes: Uint8Array, random: Random): Uint8Array | undefined {
  const draft = modelDraft(bytes);
  if (!draft) return undefined;
  for (let count = 1 + Math.floor(random() * 3); count > 0; count--) {
    mutateField(survey('ModelProto', draft, { places: [], values: new Map() }), random);
  }
  return encode('ModelProto', draft);
}

/** Loads a model from bytes, and runs it where its inputs are small. */
async function attempt(bytes: Uint8Array): Promise<void> {
  await using session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, limits });
  await runOnce(session);
}

export const onnx: FuzzTarget = {
  name: 'onnx',
  guided: true,
  simpler: withoutFields,
  seeds: onnxModels.map(model),
  mutate: (parent, other, random) =>
    (random() < 0.7 ? mutateModel(parent, random) : undefined) ?? mutateBytes(parent, other, random),
  attempt,
};
