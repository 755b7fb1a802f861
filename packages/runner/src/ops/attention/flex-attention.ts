import { int, ints, type NodeView } from '@zeroskip/onnx';
import { Tensor } from '@zeroskip/tensor';
import { composite, type Parts } from '../common/composite.ts';
import { floats } from '../common/types.ts';

type Dims = readonly [images: number, heads: number, places: number, size: number];

function dimsOf(node: NodeView, index: number): Dims {
  const { dims } = node.input(index);
  if (dims.length !== 4) throw node.error(`rank of input ${index}`, '4', dims.length, 'ERR_INVALID_SHAPE');
  return dims as unknown as Dims;
}

/** Each head of input `index` as often as queries share it. */
function repeatedHeads(node: NodeView, parts: Parts, index: number, heads: number): string {
  const { name } = node.input(index);
  const [images, own, places, size] = dimsOf(node, index);
  if (own === heads) return name;
  if (own < 1 || heads % own !== 0)
    throw node.error(`heads of input ${index}`, `a number that divides ${heads}`, own, 'ERR_INVALID_SHAPE');
  const apart = parts.reshape(name, [images, own, 1, places, size]);
  const dims = [images, own, heads / own, places, size].map(BigInt);
  const expanded = parts.add('Expand', [apart, parts.constant(new Tensor('int64', dims))]);
  return parts.reshape(expanded, [images, heads, places, size]);
}

/** The node's graph of that name on a value, whose dims it leaves; the value itself where there is none. */
function modified(node: NodeView, parts: Parts, name: string, value: string): string {
  if (!node.has(name)) return value;
  const graph = node.graph(name);
  if (graph.inputs.length !== 1 || graph.outputs.length !== 1)
    throw node.error(`attribute ${name}`, 'a graph of one input and one output', [
      graph.inputs.length,
      graph.outputs.length,
    ]);
  return parts.inline(graph, [value]);
}

/** Attention whose scores, and what their softmax gives, pass through graphs of the model. */
export const flexAttention = composite(
  {
    opType: 'FlexAttention',
    domain: 'ai.onnx.preview',
    inputs: [3, 3],
    limits: 'Without mask_mod.',
    types: [floats, floats, floats],
  },
  (node, parts, output) => {
    if (node.has('mask_mod')) throw node.unsupported('attribute mask_mod', 'none', 'a graph');
    const [, heads, , size] = dimsOf(node, 0);
    const [keys, values] = [1, 2].map((index) => repeatedHeads(node, parts, index, heads)) as [
      string,
      string,
    ];
    const turned = parts.add('Transpose', [keys], { attributes: new Map([['perm', ints([0, 1, 3, 2])]]) });
    const products = parts.add('MatMul', [node.input(0).name, turned]);
    const scale = parts.scalar(node.input(0).type, node.float('scale', 1 / Math.sqrt(size)));
    const scores = modified(node, parts, 'score_mod', parts.add('Mul', [products, scale]));
    const shares = parts.add('Softmax', [scores], { attributes: new Map([['axis', int(-1)]]) });
    parts.add('MatMul', [modified(node, parts, 'prob_mod', shares), values], { output });
  },
);
