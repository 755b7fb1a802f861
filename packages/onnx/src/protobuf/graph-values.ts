import type { ElementType } from '@zeroskip/tensor';
import { storedType } from '../graph/element-types.ts';
import type { Form, GraphOutput, GraphValue } from '../graph/graph.ts';
import type { Limits } from '../graph/limits.ts';
import { modelError } from '../graph/model-error.ts';
import type { TypeProto, ValueInfoProto } from './schema.ts';

/** What a dimension is written as where exporters leave it open without a name. */
const OPEN_DIM = -1n;

type Kind = 'input' | 'output';

interface DeclaredType {
  readonly tensor: NonNullable<TypeProto['tensorType']>;
  readonly form?: Form;
}

function declaredType(type: TypeProto, what: string): DeclaredType {
  const held = type.optionalType?.elemType ?? type;
  const sequence = held.sequenceType?.elemType;
  const tensor = (sequence ?? held).tensorType;
  const forms = [held !== type && ('optional' as const), sequence && ('sequence' as const)].filter(Boolean);
  if (tensor) return forms.length === 0 ? { tensor } : { tensor, form: forms.join(' ') as Form };
  const others = {
    sequenceType: 'a sequence of something else',
    mapType: 'a map',
    optionalType: 'an optional of something else',
    sparseTensorType: 'a sparse tensor',
  } as const;
  const received = Object.entries(others).find(([field]) => type[field as keyof TypeProto])?.[1];
  const code = received === undefined ? 'ERR_INVALID_MODEL' : 'ERR_UNSUPPORTED_TYPE';
  throw modelError(
    `type of ${what}`,
    'a tensor, a sequence of tensors or an optional',
    received ?? 'none',
    code,
  );
}

function dimsOf({ shape }: NonNullable<TypeProto['tensorType']>, what: string, limits: Limits) {
  if (shape && shape.dim.length > limits.maxRank) {
    throw modelError(`rank of ${what}`, `at most ${limits.maxRank}`, shape.dim.length, 'ERR_LIMIT_EXCEEDED');
  }
  return shape?.dim.map(({ dimValue, dimParam }, axis) => {
    if (dimValue === undefined) return dimParam ?? '';
    if (dimValue === OPEN_DIM) return '';
    const dim = Number(dimValue);
    if (!Number.isSafeInteger(dim) || dim < 0) {
      throw modelError(`dims[${axis}] of ${what}`, 'a non-negative integer, or -1', dimValue);
    }
    return dim;
  });
}

function describe(proto: ValueInfoProto, kind: Kind): { name: string; what: string } {
  const name = proto.name ?? '';
  if (name === '') throw modelError(`name of a graph ${kind}`, 'a name', name);
  return { name, what: `graph ${kind} ${JSON.stringify(name)}` };
}

export function graphInput(proto: ValueInfoProto, limits: Limits): GraphValue {
  const { name, what } = describe(proto, 'input');
  const { tensor, ...form } = declaredType(proto.type ?? {}, what);
  return { name, type: storedType(tensor.elemType, what), dims: dimsOf(tensor, what, limits), ...form };
}

/** An input or output of a graph inside a node. It need not declare a type, and may be no tensor. */
export function innerValue(proto: ValueInfoProto, kind: Kind, limits: Limits): GraphOutput {
  const isTensor = proto.type?.tensorType !== undefined;
  return graphOutput(isTensor ? proto : { name: proto.name ?? '' }, new Map(), limits, kind);
}

/** A graph output; one that declares no type has that of the value's own entry, or none. */
export function graphOutput(
  proto: ValueInfoProto,
  known: ReadonlyMap<string, ValueInfoProto>,
  limits: Limits,
  kind: Kind = 'output',
): GraphOutput {
  const { name, what } = describe(proto, kind);
  const declared = [proto, known.get(name)].find((value) => value?.type && hasType(value.type))?.type;
  if (!declared) return { name, type: undefined, dims: undefined };
  const { tensor, ...form } = declaredType(declared, what);
  const type: ElementType | undefined = tensor.elemType ? storedType(tensor.elemType, what) : undefined;
  return { name, type, dims: dimsOf(tensor, what, limits), ...form };
}

const hasType = (type: TypeProto) => Object.keys(type).length > 0;
