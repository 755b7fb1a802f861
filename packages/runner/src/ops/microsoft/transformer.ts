import { type AttributeValue, float, int, ints, type NodeView, string } from '@zeroskip/onnx';
import { Tensor } from '@zeroskip/tensor';
import { composite, Parts } from '../common/composite.ts';
import type { Composite } from '../common/operator.ts';
import { floats } from '../common/types.ts';

const domain = 'com.microsoft';

/** The operator set whose `Attention` and `RMSNormalization` take part. */
const ATTENTION_OPSET = 24;

const biasGelu = composite(
  { opType: 'BiasGelu', domain, inputs: [2, 2], types: [floats, 0] },
  (node, parts, output) => {
    const [x, bias] = node.present;
    parts.add('Gelu', [parts.add('Add', [x!.name, bias!.name])], { output });
  },
);

const fastGelu = composite(
  { opType: 'FastGelu', domain, inputs: [1, 2], types: [floats, 0] },
  (node, parts, output) => {
    const [x, bias] = node.present;
    const sum = bias ? parts.add('Add', [x!.name, bias.name]) : x!.name;
    parts.add('Gelu', [sum], { attributes: new Map([['approximate', string('tanh')]]), output });
  },
);

/** `alpha · A · B`, either of them transposed along its last two axes. */
const fusedMatMul = composite(
  { opType: 'FusedMatMul', domain, inputs: [2, 2], types: [floats, 0] },
  (node, parts, output) => {
    for (const name of ['transBatchA', 'transBatchB'])
      if (node.flag(name, false)) throw node.unsupported(`attribute ${name}`, '0', 1);
    const operands = node.present.map(({ name, dims }, i) => {
      if (!node.flag(i === 0 ? 'transA' : 'transB', false) || dims.length < 2) return name;
      const perm = [...dims.keys()].slice(0, -2).concat(dims.length - 1, dims.length - 2);
      return parts.add('Transpose', [name], { attributes: new Map([['perm', ints(perm)]]) });
    });
    const alpha = node.float('alpha', 1);
    const product = parts.add('MatMul', operands, alpha === 1 ? { output } : {});
    if (alpha !== 1) parts.add('Mul', [product, parts.scalar(node.input(0).type, alpha)], { output });
  },
);

/** A norm of input + skip (+ bias), and that sum as the last output. */
function skipNormalization(opType: string, norm: string, biasIndex: number): Composite {
  return {
    opType,
    domain,
    inputs: [3, biasIndex + 1],
    outputs: [1, 4],
    types: [floats, 0],
    decompose(node, names) {
      const parts = new Parts(node, names);
      const [output = '', mean = '', deviation = '', sum = ''] = node.node.outputs;
      if (mean !== '' || deviation !== '')
        throw node.unsupported('outputs 1 and 2', 'none', [mean, deviation].filter(Boolean));
      const [x, skip] = [node.input(0).name, node.input(1).name];
      const hasBias = node.hasInput(biasIndex);
      const joined = parts.add('Add', [x, skip], sum !== '' && !hasBias ? { output: sum } : {});
      const bias = hasBias ? node.input(biasIndex).name : '';
      const whole = hasBias ? parts.add('Add', [joined, bias], sum === '' ? {} : { output: sum }) : joined;
      const shift = biasIndex === 4 && node.hasInput(3) ? [node.input(3).name] : [];
      parts.add(norm, [whole, node.input(2).name, ...shift], {
        attributes: new Map([
          ['axis', int(-1)],
          ['epsilon', float(node.float('epsilon', 1e-12))],
        ]),
        opset: ATTENTION_OPSET,
        output,
      });
      return parts.all;
    },
  };
}

/** RMSNormalization, which onnxruntime's optimiser writes into the default domain under this name. */
const simplified = composite(
  { opType: 'SimplifiedLayerNormalization', inputs: [2, 2], types: [floats, floats] },
  (node, parts, output) => {
    const attributes = new Map<string, AttributeValue>([
      ['axis', int(node.int('axis', -1))],
      ['epsilon', float(node.float('epsilon', 1e-5))],
    ]);
    parts.add('RMSNormalization', node.node.inputs, { attributes, opset: ATTENTION_OPSET, output });
  },
);

/** Refuses inputs that change what is attended to, as these are not taken. */
function refuseInputs(node: NodeView, first: number): void {
  const given = node.inputs.findIndex((input, index) => index >= first && input !== undefined);
  if (given >= 0) throw node.unsupported(`input ${given}`, 'none', node.input(given).name);
}

function attend(
  node: NodeView,
  parts: Parts,
  [q, k, v]: readonly string[],
  heads: number,
  mask: string,
): void {
  const scale =
    node.has('scale') && node.float('scale') !== 0 ? [['scale', float(node.float('scale'))] as const] : [];
  const attributes = new Map<string, AttributeValue>([
    ['q_num_heads', int(heads)],
    ['kv_num_heads', int(heads)],
    ['is_causal', int(node.int('unidirectional', 0))],
    ...scale,
  ]);
  const inputs = [q!, k!, v!, ...(mask === '' ? [] : [mask])];
  parts.add('Attention', inputs, { attributes, opset: ATTENTION_OPSET, output: node.node.outputs[0]! });
}

/** One product for queries, keys and values, of equal sizes unless `qkv_hidden_sizes` says more, then attention. */
const attention = composite(
  {
    opType: 'Attention',
    domain,
    limits: 'Without mask_index and a past.',
    inputs: [2, 7],
    types: [floats, 0],
  },
  (node, parts) => {
    for (const index of [3, 4, 6]) if (node.hasInput(index)) refuseInputs(node, index);
    const heads = node.int('num_heads');
    const width = node.input(1).dims.at(-1)!;
    const sizes = node.ints('qkv_hidden_sizes') ?? [width / 3, width / 3, width / 3];
    if (
      sizes.length !== 3 ||
      sizes.some((size) => !Number.isInteger(size)) ||
      sizes.reduce((a, b) => a + b) !== width
    )
      throw node.error('attribute qkv_hidden_sizes', `3 sizes that add up to ${width}`, sizes);
    const product = parts.add('MatMul', [node.input(0).name, node.input(1).name]);
    const sum = node.hasInput(2) ? parts.add('Add', [product, node.input(2).name]) : product;
    const vector = (...values: number[]) => parts.constant(new Tensor('int64', values.map(BigInt)));
    let start = 0;
    const parted = sizes.map((size) => {
      start += size;
      return parts.add('Slice', [sum, vector(start - size), vector(start), vector(-1)]);
    });
    attend(node, parts, parted, heads, node.node.inputs[5] ?? '');
  },
);

/** Of queries, keys and values of rank 3. */
const multiHeadAttention = composite(
  {
    opType: 'MultiHeadAttention',
    domain,
    limits: 'Keys and values of rank 3, without a padding mask and a past.',
    inputs: [3, 10],
    types: [floats, 0],
  },
  (node, parts) => {
    refuseInputs(node, 6);
    if (node.hasInput(4)) throw node.unsupported('input 4', 'none', node.input(4).name);
    const all = [0, 1, 2].map((index) => node.input(index));
    const rank = all.find(({ dims }) => dims.length !== 3)?.dims.length;
    if (rank !== undefined) throw node.unsupported('rank of inputs 0 to 2', '3', rank);
    let start = 0;
    const vector = (value: number) => parts.constant(new Tensor('int64', [BigInt(value)]));
    const biased = all.map(({ name, dims }) => {
      if (!node.hasInput(3)) return name;
      start += dims[2]!;
      const own = parts.add('Slice', [node.input(3).name, vector(start - dims[2]!), vector(start)]);
      return parts.add('Add', [name, own]);
    });
    attend(node, parts, biased, node.int('num_heads'), node.node.inputs[5] ?? '');
  },
);

/** As in the default domain, with the places before the tables. */
const rotaryEmbedding = composite(
  {
    opType: 'RotaryEmbedding',
    domain,
    limits: 'With a place for each element of a sequence.',
    inputs: [4, 4],
    types: [floats, ['int64'], 0, 0],
  },
  (node, parts, output) => {
    const [x, places, cosines, sines] = node.present;
    const [rank, length] = [x!.dims.length, x!.dims.at(-2)!];
    if (places!.dims.join() !== [x!.dims[0], length].join())
      throw node.unsupported('dims of input 1', `[${x!.dims[0]}, ${length}]`, places!.dims);
    const width = 2 * cosines!.dims.at(-1)!;
    const partial = node.int('rotary_embedding_dim', 0);
    const heads = node.int('num_heads', 0) || (rank === 3 ? x!.dims[2]! / width : 0);
    const attributes = new Map([
      ['interleaved', int(node.int('interleaved', 0))],
      ['num_heads', int(heads)],
      ['rotary_embedding_dim', int(partial)],
    ]);
    const inputs = [x!.name, cosines!.name, sines!.name, places!.name];
    parts.add('RotaryEmbedding', inputs, { attributes, opset: ATTENTION_OPSET, output });
  },
);

export const transformerOperators: Composite[] = [
  biasGelu,
  fastGelu,
  fusedMatMul,
  skipNormalization('SkipLayerNormalization', 'LayerNormalization', 4),
  skipNormalization('SkipSimplifiedLayerNormalization', 'RMSNormalization', 3),
  simplified,
  attention,
  multiHeadAttention,
  rotaryEmbedding,
];
