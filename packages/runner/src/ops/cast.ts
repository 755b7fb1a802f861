import { computeType, dataTypeCode, type NodeView, storedType } from '@zeroskip/onnx';
import {
  allocate,
  type ElementType,
  isNarrowFloat,
  type Narrowing,
  narrowFloats,
  type PowerRounding,
  Tensor,
  widenFloats,
} from '@zeroskip/tensor';
import { lowerReshape } from '../lowering/reshape.ts';
import type { Operator } from './common/operator.ts';
import { isBig } from './common/types.ts';
import { lowerCast } from './integers/lower-maps.ts';

const INT64_MIN = -(2 ** 63);

function toBigInt(value: number): bigint {
  if (Number.isNaN(value)) return BigInt(INT64_MIN);
  if (!Number.isFinite(value)) return value > 0 ? 2n ** 63n - 1n : -(2n ** 63n);
  return BigInt(Math.trunc(value));
}

/** Integers of less than 8 bits, as their lowest bits. */
const bits: Partial<Record<ElementType, number>> = { int4: 4, uint4: 4, int2: 2, uint2: 2 };

/** What elements stand for; true is 1, whichever byte it is. */
function numbersOf({ type, data }: Tensor): ArrayLike<number | bigint> {
  if (isNarrowFloat(type)) return widenFloats(type, data as Uint8Array);
  return type === 'bool' ? (data as Uint8Array).map((value) => Number(value !== 0)) : data;
}

function castTo(given: Tensor, type: ElementType, narrowing: Narrowing): Tensor {
  if (given.type === type) return given;
  const { dims } = given;
  const from = numbersOf(given);
  if (isNarrowFloat(type)) {
    return new Tensor(type, narrowFloats(type, Float32Array.from(from, Number), narrowing) as never, dims);
  }
  const out = allocate(type, given.size) as Float32Array & BigInt64Array;
  const free = 32 - (bits[type] ?? 32);
  if (type === 'bool') {
    for (let i = 0; i < from.length; i++) out[i] = (Number(from[i]) !== 0 ? 1 : 0) as never;
  } else if (isBig(type)) {
    for (let i = 0; i < from.length; i++) {
      const value = from[i]!;
      out[i] = (typeof value === 'bigint' ? value : toBigInt(value)) as never;
    }
  } else if (free > 0) {
    for (let i = 0; i < from.length; i++) {
      const high = Number(from[i]) << free;
      out[i] = (type.startsWith('int') ? high >> free : high >>> free) as never;
    }
  } else {
    for (let i = 0; i < from.length; i++) out[i] = Number(from[i]) as never;
  }
  return new Tensor(type, out as never, dims);
}

function narrowing(node: NodeView): Narrowing {
  const rounding = node.choice<PowerRounding>('round_mode', ['up', 'down', 'nearest'], 'up');
  return { saturate: node.flag('saturate', true), rounding };
}

/** Whether native steps have the values of both types alike. */
const isSame = (from: ElementType, to: ElementType) => from === to || (from === 'bool' && to === 'float32');

function cast(
  opType: string,
  since: number,
  inputs: number,
  target: (node: NodeView) => ElementType,
): Operator {
  return {
    opType,
    since,
    inputs: [inputs, inputs],
    fromDims: [1],
    cheap: true,
    isView: true,
    infer(node) {
      narrowing(node);
      return [{ type: target(node), dims: node.input(0).dims }];
    },
    evaluate: (node, [x], [out]) => [castTo(x!, out!.type, narrowing(node))],
    lower: (node, lowering, types) =>
      isSame(node.input(0).type, types[0]!.type)
        ? lowerReshape(lowering, node, types[0]!.dims)
        : lowerCast(node, lowering, types),
  };
}

/** Before operator set 6 the type is named, as in `FLOAT`. */
function castTarget(node: NodeView): ElementType {
  if (node.opset >= 6) return node.type('to', 0);
  const name = node.string('to').toLowerCase();
  return computeType(storedType(dataTypeCode((renamed[name] ?? name) as ElementType), 'attribute to'));
}

const renamed: Readonly<Record<string, string>> = { float: 'float32', double: 'float64' };

export const castOperators: Operator[] = [
  cast('Cast', 1, 1, castTarget),
  cast('CastLike', 15, 2, (node) => node.input(1).type),
];
