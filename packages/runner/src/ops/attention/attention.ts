import type { NodeView, ValueType } from '@zeroskip/onnx';
import { allocate, sizeOf, Tensor } from '@zeroskip/tensor';
import type { Operator } from '../common/operator.ts';
import { anyType, type FloatArray, floats } from '../common/types.ts';

/** Vectors of `size` elements, by image, head and place. */
interface Heads {
  readonly heads: number;
  readonly length: number;
  readonly size: number;
  /** Elements between images, heads and places. */
  readonly strides: readonly [number, number, number];
}

/** What an input of rank 4 (images, heads, places, size), or of rank 3 with the heads side by side, holds. */
function headsOf(node: NodeView, index: number, attribute: string): Heads {
  const { dims } = node.input(index);
  if (dims.length === 4) {
    const [, heads, length, size] = dims as [number, number, number, number];
    return { heads, length, size, strides: [heads * length * size, length * size, size] };
  }
  const [, length, width] = dims as [number, number, number];
  const heads = node.int(attribute);
  if (dims.length !== 3 || heads < 1 || width % heads !== 0) {
    const expected = `rank 4, or rank 3 with a multiple of ${attribute} (${heads}) at the end`;
    throw node.error(`dims of input ${index}`, expected, dims, 'ERR_INVALID_SHAPE');
  }
  const size = width / heads;
  return { heads, length, size, strides: [length * width, size, width] };
}

interface Attention {
  readonly batch: number;
  readonly query: Heads;
  readonly key: Heads;
  readonly value: Heads;
  /** Places that came before, and all of them. */
  readonly past: number;
  readonly total: number;
}

function attention(node: NodeView): Attention {
  const [batch] = node.rankAtLeast(0, 3) as [number];
  const query = headsOf(node, 0, 'q_num_heads');
  const [key, value] = [headsOf(node, 1, 'kv_num_heads'), headsOf(node, 2, 'kv_num_heads')];
  const past = node.inputs[4]?.dims[2] ?? 0;
  const shape = (dims: readonly number[]) => dims.join();
  const refuse = (index: number, expected: string) =>
    node.error(`dims of input ${index}`, expected, node.input(index).dims, 'ERR_INVALID_SHAPE');
  if (key.size !== query.size || key.heads < 1 || query.heads % key.heads !== 0)
    throw refuse(1, `heads of ${query.size} elements, whose number divides ${query.heads}`);
  if (value.length !== key.length || value.heads !== key.heads)
    throw refuse(2, `${key.heads} heads and ${key.length} places`);
  for (const index of [1, 2]) if (node.input(index).dims[0] !== batch) throw refuse(index, `${batch} images`);
  for (const [index, { heads, size }] of [
    [4, key],
    [5, value],
  ] as const) {
    const given = node.inputs[index]?.dims;
    if (given ? shape(given) !== shape([batch, heads, past, size]) : past > 0)
      throw node.error(
        `dims of input ${index}`,
        `[${batch}, ${heads}, ${past}, ${size}]`,
        given ?? 'none',
        'ERR_INVALID_SHAPE',
      );
  }
  const total = past + key.length;
  const mask = node.inputs[3]?.dims;
  const whole = [batch, query.heads, query.length];
  const isFitting = (own: readonly number[]) =>
    own.length >= 2 &&
    own.length <= 4 &&
    own.at(-1)! <= total &&
    own
      .slice(0, -1)
      .reverse()
      .every((dim, i) => dim === 1 || dim === whole.at(-1 - i));
  if (mask && !isFitting(mask)) throw refuse(3, `dims that broadcast to [${[...whole, total].join(', ')}]`);
  const lengths = node.inputs[6]?.dims;
  if (lengths && shape(lengths) !== shape([batch])) throw refuse(6, `[${batch}]`);
  return { batch, query, key, value, past, total };
}

/** Past vectors and new ones, by image, head and place. */
function joined(
  past: Tensor | undefined,
  own: Tensor,
  heads: Heads,
  { batch, past: before, total }: Attention,
) {
  const { size, length, strides } = heads;
  const to = allocate(own.type, batch * heads.heads * total * size) as FloatArray;
  const from = own.data as FloatArray;
  for (let head = 0; head < batch * heads.heads; head++) {
    const start = Math.floor(head / heads.heads) * strides[0] + (head % heads.heads) * strides[1];
    const old = (past?.data as FloatArray | undefined)?.subarray(
      head * before * size,
      (head + 1) * before * size,
    );
    if (old) to.set(old, head * total * size);
    for (let place = 0; place < length; place++) {
      const at = start + place * strides[2];
      to.set(from.subarray(at, at + size), (head * total + before + place) * size);
    }
  }
  return to;
}

/** What is added to each score: 0, a mask's value, or minus infinity where a place is not seen. */
function biasOf(node: NodeView, mask: Tensor | undefined, lengths: Tensor | undefined, past: number) {
  const causal = node.flag('is_causal', false);
  const dims = mask ? [1, 1, 1, 1, ...mask.dims].slice(-4) : [];
  const [width, rows, heads, images] = [dims[3]!, dims[2]!, dims[1]!, dims[0]!];
  const isTruth = mask?.type === 'bool';
  return (image: number, head: number, row: number, place: number) => {
    if (causal && place > row + past) return Number.NEGATIVE_INFINITY;
    if (lengths && place >= Number(lengths.data[image])) return Number.NEGATIVE_INFINITY;
    if (!mask) return 0;
    if (place >= width) return Number.NEGATIVE_INFINITY;
    const at = (((image % images) * heads + (head % heads)) * rows + (row % rows)) * width + place;
    const value = Number(mask.data[at]);
    return isTruth ? (value ? 0 : Number.NEGATIVE_INFINITY) : value;
  };
}

/** In place. */
function softmax(scores: Float64Array): void {
  const top = scores.reduce((best, score) => Math.max(best, score), Number.NEGATIVE_INFINITY);
  let sum = 0;
  for (let i = 0; i < scores.length; i++) sum += scores[i] = Math.exp(scores[i]! - top);
  for (let i = 0; i < scores.length; i++) scores[i]! /= sum;
}

/** The second output of scores is as they are then. */
const RAW = 0;
const CAPPED = 1;
const BIASED = 2;

/** Scaled products of queries and keys, capped and masked, whose softmax weights the values. */
export const attentionOperator: Operator = {
  opType: 'Attention',
  since: 23,
  inputs: [3, 7],
  outputs: [1, 4],
  types: [floats, floats, floats, anyType, floats, floats, ['int64']],
  infer(node): ValueType[] {
    const { batch, query, key, value, total } = attention(node);
    const { type, dims } = node.input(0);
    const mode = node.int('qk_matmul_output_mode', RAW);
    if (mode < 0 || mode > 3) throw node.error('attribute qk_matmul_output_mode', 'from 0 to 3', mode);
    const { heads, length } = query;
    const own = dims.length === 4 ? [batch, heads, length, value.size] : [batch, length, heads * value.size];
    return [
      { type, dims: own },
      { type: node.input(1).type, dims: [batch, key.heads, total, key.size] },
      { type: node.input(2).type, dims: [batch, value.heads, total, value.size] },
      { type, dims: [batch, heads, length, total] },
    ].slice(0, Math.max(1, node.node.outputs.length));
  },
  evaluate(node, [q, k, v, mask, pastKey, pastValue, lengths], types) {
    const all = attention(node);
    const { batch, query, key, value, past, total } = all;
    const [keys, values] = [joined(pastKey, k!, key, all), joined(pastValue, v!, value, all)];
    const scale = node.float('scale', 1 / Math.sqrt(query.size));
    const cap = node.float('softcap', 0);
    const mode = node.int('qk_matmul_output_mode', RAW);
    const bias = biasOf(node, mask, lengths, past);
    const from = q!.data as FloatArray;
    const to = allocate(types[0]!.type, sizeOf(types[0]!.dims)) as FloatArray;
    const kept = allocate(types[0]!.type, node.hasOutput(3) ? sizeOf(types[3]!.dims) : 0) as FloatArray;
    const isApart = types[0]!.dims.length === 4;
    const scores = new Float64Array(total);
    for (let head = 0; head < batch * query.heads; head++) {
      const [image, h] = [Math.floor(head / query.heads), head % query.heads];
      const shared = image * key.heads + Math.floor(h / (query.heads / key.heads));
      for (let row = 0; row < query.length; row++) {
        const start = image * query.strides[0] + h * query.strides[1] + row * query.strides[2];
        const keep = () => kept.length > 0 && kept.set(scores, (head * query.length + row) * total);
        for (let place = 0; place < total; place++) {
          const by = (shared * total + place) * key.size;
          let sum = 0;
          for (let i = 0; i < key.size; i++) sum += from[start + i]! * keys[by + i]!;
          scores[place] = sum * scale;
        }
        if (mode === RAW) keep();
        if (cap > 0) for (let i = 0; i < total; i++) scores[i] = cap * Math.tanh(scores[i]! / cap);
        if (mode === CAPPED) keep();
        for (let place = 0; place < total; place++) scores[place]! += bias(image, h, row, place);
        if (mode === BIASED) keep();
        softmax(scores);
        if (mode > BIASED) keep();
        const target = isApart
          ? (head * query.length + row) * value.size
          : ((image * query.length + row) * query.heads + h) * value.size;
        for (let i = 0; i < value.size; i++) {
          let sum = 0;
          for (let place = 0; place < total; place++)
            sum += scores[place]! * values[(shared * total + place) * value.size + i]!;
          to[target + i] = sum;
        }
      }
    }
    const data = [to, keys, values, kept];
    const given = types.filter((_, i) => i < 3 || node.hasOutput(i));
    return given.map(({ type, dims }, i) => new Tensor(type, data[i] as never, dims));
  },
};
