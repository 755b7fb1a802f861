import { type NodeView, sameDims } from '@zeroskip/onnx';
import type { Operator } from '../common/operator.ts';
import { filled } from '../common/results.ts';
import { type FloatArray, floats } from '../common/types.ts';

interface Rotation {
  readonly batch: number;
  readonly heads: number;
  readonly length: number;
  readonly size: number;
  /** Elements at the start of each head that turn, in pairs. */
  readonly turned: number;
  /** Whether heads come before places. */
  readonly headsFirst: boolean;
}

function rotation(node: NodeView): Rotation {
  const dims = node.rankAtLeast(0, 3);
  const headsFirst = dims.length === 4;
  const heads = headsFirst ? dims[1]! : node.int('num_heads');
  const [batch, length, width] = [dims[0]!, headsFirst ? dims[2]! : dims[1]!, dims.at(-1)!];
  if (dims.length > 4 || (!headsFirst && (heads < 1 || width % heads !== 0))) {
    const expected = `rank 4, or rank 3 with a multiple of num_heads (${heads}) at the end`;
    throw node.error('dims of input 0', expected, dims, 'ERR_INVALID_SHAPE');
  }
  const size = headsFirst ? width : width / heads;
  const turned = node.int('rotary_embedding_dim', 0) || size;
  if (turned < 0 || turned > size || turned % 2 !== 0)
    throw node.error('attribute rotary_embedding_dim', `an even number up to ${size}`, turned);
  const half = turned / 2;
  const caches = [1, 2].map((index) => node.input(index).dims);
  if (node.hasInput(3) && !sameDims(node.input(3).dims, [batch, length]))
    throw node.error('dims of input 3', `[${batch}, ${length}]`, node.input(3).dims, 'ERR_INVALID_SHAPE');
  for (const [i, own] of caches.entries()) {
    const isFitting = node.hasInput(3)
      ? own.length === 2 && own[1] === half && own[0] === caches[0]![0]
      : sameDims(own, [batch, length, half]);
    const expected = node.hasInput(3) ? `[places, ${half}]` : `[${batch}, ${length}, ${half}]`;
    if (!isFitting) throw node.error(`dims of input ${i + 1}`, expected, own, 'ERR_INVALID_SHAPE');
  }
  return { batch, heads, length, size, turned, headsFirst };
}

/** Turns pairs of elements by the angles of their places. */
export const rotaryEmbedding: Operator = {
  opType: 'RotaryEmbedding',
  since: 23,
  inputs: [3, 4],
  types: [floats, floats, floats, ['int64']],
  infer(node) {
    rotation(node);
    return [{ type: node.input(0).type, dims: node.input(0).dims }];
  },
  evaluate(node, [x, cosines, sines, positions], [out]) {
    const { heads, length, size, turned, headsFirst } = rotation(node);
    const half = turned / 2;
    const interleaved = node.flag('interleaved', false);
    const from = x!.data as FloatArray;
    const places = cosines!.dims[0]!;
    return filled<FloatArray>(out!, (to) => {
      to.set(from);
      for (let vector = 0; vector * size < to.length; vector++) {
        const image = Math.floor(vector / (heads * length));
        const place = headsFirst ? vector % length : Math.floor(vector / heads) % length;
        const at = image * length + place;
        const position = positions ? Number(positions.data[at]) : at;
        if (positions && (position < 0 || position >= places))
          throw node.error('position_ids', `integers from 0 to ${places - 1}`, position);
        for (let i = 0; i < half; i++) {
          const [c, s] = [cosines!, sines!].map(({ data }) => (data as FloatArray)[position * half + i]!) as [
            number,
            number,
          ];
          const first = vector * size + (interleaved ? 2 * i : i);
          const second = first + (interleaved ? 1 : half);
          to[first] = c * from[first]! - s * from[second]!;
          to[second] = s * from[first]! + c * from[second]!;
        }
      }
    });
  },
};
