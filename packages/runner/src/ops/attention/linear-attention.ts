import { int, type NodeView, type ValueType } from '@zeroskip/onnx';
import { sizeOf, Tensor } from '@zeroskip/tensor';
import { Parts } from '../common/composite.ts';
import type { Composite, Operator } from '../common/operator.ts';
import { type FloatArray, floats } from '../common/types.ts';

/** A depthwise convolution of what came before and the input, and its end for the next call. */
export const causalConvWithState: Composite = {
  opType: 'CausalConvWithState',
  since: 27,
  inputs: [2, 4],
  outputs: [1, 2],
  types: [floats, 0],
  decompose(node, names) {
    const { name: x, type, dims } = node.input(0);
    const weights = node.input(1).dims;
    if (dims.length !== 3) throw node.error('rank of input 0', '3', dims.length, 'ERR_INVALID_SHAPE');
    const [n, channels, length] = dims as [number, number, number];
    const k = weights[2];
    if (weights.length !== 3 || weights[0] !== channels || weights[1] !== 1 || k === undefined || k < 1)
      throw node.error('dims of input 1', `[${channels}, 1, at least 1]`, weights, 'ERR_INVALID_SHAPE');
    const before = [n, channels, k - 1];
    const past = node.inputs[3];
    if (past && past.dims.join() !== before.join())
      throw node.error('dims of input 3', `[${before.join(', ')}]`, past.dims, 'ERR_INVALID_SHAPE');
    const activation = node.choice('activation', ['none', 'silu', 'swish'], 'none');
    const parts = new Parts(node, names);
    const zeros = () => parts.constant(new Tensor(type, new Array<number>(sizeOf(before)).fill(0), before));
    const along = { attributes: new Map([['axis', int(2)]]) };
    const all = k === 1 ? x : parts.add('Concat', [past?.name ?? zeros(), x], along);
    const bias = node.hasInput(2) ? [node.input(2).name] : [];
    const [output = '', present = ''] = node.node.outputs;
    const attributes = new Map([['group', int(channels)]]);
    const isPlain = activation === 'none';
    const inputs = [all, node.input(1).name, ...bias];
    const sums = parts.add('Conv', inputs, { attributes, ...(isPlain && { output }) });
    if (!isPlain) parts.add('Mul', [sums, parts.add('Sigmoid', [sums])], { output });
    if (present !== '') {
      const vector = (value: number) => parts.constant(new Tensor('int64', [BigInt(value)]));
      const [start, end] = [vector(length), vector(length + k - 1)];
      parts.add('Slice', [all, start, end, vector(2)], { output: present });
    }
    return parts.all;
  },
};

const rules = ['linear', 'gated', 'delta', 'gated_delta'] as const;

interface Recurrence {
  readonly batch: number;
  readonly length: number;
  readonly heads: number;
  readonly groups: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly gates: boolean;
  readonly corrects: boolean;
}

function recurrence(node: NodeView): Recurrence {
  const rule = node.choice('update_rule', rules, 'gated_delta');
  const [heads, groups] = [node.int('q_num_heads'), node.int('kv_num_heads')];
  if (groups < 1 || heads < 1 || heads % groups !== 0)
    throw node.error('attribute q_num_heads', `a multiple of kv_num_heads (${groups})`, heads);
  const dims = [0, 1, 2].map((index) => node.input(index).dims);
  const [batch, length, width] = dims[0] as [number, number, number];
  const [keySize, valueSize] = [width / heads, dims[2]!.at(-1)! / groups];
  const require = (index: number, choices: readonly (readonly number[])[]) => {
    const own = node.input(index).dims;
    if (choices.some((choice) => choice.join() === own.join())) return;
    const expected = choices.map((choice) => `[${choice.join(', ')}]`).join(' or ');
    throw node.error(`dims of input ${index}`, expected, own, 'ERR_INVALID_SHAPE');
  };
  if (dims[0]!.length !== 3 || !Number.isInteger(keySize) || !Number.isInteger(valueSize))
    throw node.error('dims of inputs 0 and 2', 'heads side by side', [dims[0], dims[2]], 'ERR_INVALID_SHAPE');
  require(1, [[batch, length, groups * keySize]]);
  require(2, [[batch, length, groups * valueSize]]);
  if (node.hasInput(3)) require(3, [[batch, groups, keySize, valueSize]]);
  const [gates, corrects] = [rule.startsWith('gated'), rule.endsWith('delta')];
  for (const [index, isNeeded] of [
    [4, gates],
    [5, corrects],
  ] as const)
    if (node.hasInput(index) !== isNeeded)
      throw node.error(
        `input ${index} of rule ${rule}`,
        isNeeded ? 'a value' : 'none',
        isNeeded ? 'none' : 'a value',
      );
  if (gates)
    require(4, [
      [batch, length, groups],
      [batch, length, groups * keySize],
    ]);
  if (corrects)
    require(5, [
      [batch, length, groups],
      [batch, length, 1],
    ]);
  return { batch, length, heads, groups, keySize, valueSize, gates, corrects };
}

/** Carries a matrix of keys × values along the places, which decays, and which each place reads and adds to. */
export const linearAttention: Operator = {
  opType: 'LinearAttention',
  since: 27,
  inputs: [3, 6],
  outputs: [1, 2],
  types: [floats],
  infer(node): ValueType[] {
    const { batch, length, heads, groups, keySize, valueSize } = recurrence(node);
    const state = {
      type: node.inputs[3]?.type ?? node.input(0).type,
      dims: [batch, groups, keySize, valueSize],
    };
    return [{ type: node.input(0).type, dims: [batch, length, heads * valueSize] }, state];
  },
  evaluate(node, inputs, types) {
    const { batch, length, heads, groups, keySize, valueSize, gates, corrects } = recurrence(node);
    const [query, key, value, past, decay, beta] = inputs.map(
      (input) => input?.data as FloatArray | undefined,
    );
    const scale = node.float('scale', 0) || 1 / Math.sqrt(keySize);
    const states = Float64Array.from(past ?? new Float64Array(batch * groups * keySize * valueSize));
    const to = new Float64Array(batch * length * heads * valueSize);
    const perGroup = heads / groups;
    const [decays, betas] = [inputs[4]?.dims.at(-1), inputs[5]?.dims.at(-1)];
    for (let lane = 0; lane < batch * groups; lane++) {
      const [image, group] = [Math.floor(lane / groups), lane % groups];
      const state = states.subarray(lane * keySize * valueSize, (lane + 1) * keySize * valueSize);
      /** The product of a vector of keys with column `m` of the state. */
      const read = (by: FloatArray, at: number, m: number) => {
        let sum = 0;
        for (let d = 0; d < keySize; d++) sum += by[at + d]! * state[d * valueSize + m]!;
        return sum;
      };
      for (let place = 0; place < length; place++) {
        const row = image * length + place;
        const [keys, values] = [(row * groups + group) * keySize, (row * groups + group) * valueSize];
        for (let i = 0; gates && i < state.length; i++) {
          const d = decays === groups ? 0 : Math.floor(i / valueSize);
          const at = row * decays! + (decays === groups ? group : group * keySize + d);
          state[i]! *= Math.exp(decay![at]!);
        }
        const factor = corrects ? beta![row * betas! + (betas === 1 ? 0 : group)]! : 1;
        const added = Float64Array.from({ length: valueSize }, (_, m) =>
          corrects ? factor * (value![values + m]! - read(key!, keys, m)) : value![values + m]!,
        );
        for (let i = 0; i < state.length; i++)
          state[i]! += key![keys + Math.floor(i / valueSize)]! * added[i % valueSize]!;
        for (let h = group * perGroup; h < (group + 1) * perGroup; h++) {
          const start = (row * heads + h) * keySize;
          for (let m = 0; m < valueSize; m++)
            to[(row * heads + h) * valueSize + m] = scale * read(query!, start, m);
        }
      }
    }
    return [to, states].map((data, i) => new Tensor(types[i]!.type, Array.from(data), types[i]!.dims));
  },
};
