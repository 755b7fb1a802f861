import { ints, type NodeView, stridesOf, string } from '@zeroskip/onnx';
import { sizeOf, Tensor } from '@zeroskip/tensor';
import { Parts } from './common/composite.ts';
import { type Decomposition, type FreshNames, MANY, type Operator } from './common/operator.ts';
import { filled } from './common/results.ts';
import { isBig, numbers } from './common/types.ts';

type Labels = readonly string[];

interface Equation {
  /** A label for each axis of each operand; those of an ellipsis are digits, aligned at its end. */
  readonly operands: readonly Labels[];
  readonly output: Labels;
  readonly sizes: ReadonlyMap<string, number>;
}

const ELLIPSIS = '...';

/** Letters of the alphabet, which name the axes of a pair of operands. */
const MAX_LABELS = 26;

function equationOf(node: NodeView): Equation {
  const text = node.string('equation').replaceAll(/\s/g, '');
  const refuse = (what: string, received: unknown) => node.error('attribute equation', what, received);
  const [left, right, ...rest] = text.split('->') as [string, string?];
  const terms = left.split(',');
  const isTerm = /^[A-Za-z]*(\.\.\.[A-Za-z]*)?$/;
  if (rest.length > 0 || ![...terms, right ?? ''].every((term) => isTerm.test(term)))
    throw refuse('terms of letters and one ellipsis each', text);
  if (terms.length !== node.inputs.length) throw refuse(`${node.inputs.length} terms`, text);
  const inputs = node.present;
  const spare = terms.map((term, i) => inputs[i]!.dims.length - term.replace(ELLIPSIS, '').length);
  for (const [i, term] of terms.entries())
    if (term.includes(ELLIPSIS) ? spare[i]! < 0 : spare[i] !== 0)
      throw refuse(`as many letters for input ${i} as it has axes`, term);
  const widest = Math.max(0, ...spare);
  const digits = Array.from({ length: widest }, (_, i) => String(i));
  const expand = (term: string, count: number) => {
    const at = term.indexOf(ELLIPSIS);
    if (at < 0) return [...term];
    return [...term.slice(0, at), ...digits.slice(widest - count), ...term.slice(at + ELLIPSIS.length)];
  };
  const operands = terms.map((term, i) => expand(term, spare[i]!));
  const all = operands.flat();
  const once = [...new Set(all)].filter(
    (label) => /[A-Za-z]/.test(label) && all.indexOf(label) === all.lastIndexOf(label),
  );
  const output = right === undefined ? [...digits, ...once.sort()] : expand(right, widest);
  const sizes = new Map<string, number>();
  for (const [i, labels] of operands.entries()) {
    for (const [axis, label] of labels.entries()) {
      const [dim, known = 1] = [inputs[i]!.dims[axis]!, sizes.get(label)];
      if (dim !== 1 && known !== 1 && dim !== known)
        throw node.error(`dims[${axis}] of input ${i}`, `1 or ${known}`, dim, 'ERR_INVALID_SHAPE');
      sizes.set(label, dim === 1 ? known : dim);
    }
  }
  if (sizes.size > MAX_LABELS)
    throw node.error('labels', `at most ${MAX_LABELS}`, sizes.size, 'ERR_LIMIT_EXCEEDED');
  if (output.some((label, i) => !sizes.has(label) || output.indexOf(label) !== i))
    throw refuse('each label of the output once, and in an input', text);
  return { operands, output, sizes };
}

/** Sums the axes of `x` that nothing else has, and orders the others. */
function arranged(parts: Parts, x: string, from: Labels, to: Labels): string {
  const summed = from.flatMap((label, axis) => (to.includes(label) ? [] : [axis]));
  const left = from.filter((label) => to.includes(label));
  let result = x;
  if (summed.length > 0) {
    const axes = parts.constant(new Tensor('int64', summed.map(BigInt)));
    const attributes = new Map([['keepdims', { kind: 'int', value: 0n } as const]]);
    result = parts.add('ReduceSum', [x, axes], { attributes });
  }
  const perm = to.map((label) => left.indexOf(label));
  if (perm.every((axis, i) => axis === i)) return result;
  return parts.add('Transpose', [result], { attributes: new Map([['perm', ints(perm)]]) });
}

/** One or two operands as Transpose, ReduceSum and MatMul; more of them two by two. */
function decomposed(node: NodeView, names: FreshNames): Decomposition | undefined {
  const { operands, output, sizes } = equationOf(node);
  const inputs = node.present;
  const repeats = operands.some((labels) => new Set(labels).size < labels.length);
  const stretched = operands.some((labels, i) =>
    labels.some((label, axis) => inputs[i]!.dims[axis] !== sizes.get(label)),
  );
  if (repeats || stretched || !inputs.every(({ type }) => type === 'float32')) return undefined;
  const parts = new Parts(node, names);
  const finish = (x: string) => parts.add('Identity', [x], { output: node.node.outputs[0]! });
  const [a, b] = operands as [Labels, Labels?];
  if (operands.length === 1) finish(arranged(parts, inputs[0]!.name, a, output));
  else if (operands.length === 2) {
    const isShared = (label: string) => a.includes(label) && b!.includes(label);
    const of = (keep: (label: string) => boolean) => [...sizes.keys()].filter(keep);
    const batch = of((label) => isShared(label) && output.includes(label));
    const joined = of((label) => isShared(label) && !output.includes(label));
    const rows = output.filter((label) => a.includes(label) && !isShared(label));
    const columns = output.filter((label) => b!.includes(label) && !isShared(label));
    const size = (labels: Labels) => sizeOf(labels.map((label) => sizes.get(label)!));
    const dims = batch.map((label) => sizes.get(label)!);
    const left = arranged(parts, inputs[0]!.name, a, [...batch, ...rows, ...joined]);
    const right = arranged(parts, inputs[1]!.name, b!, [...batch, ...joined, ...columns]);
    const product = parts.add('MatMul', [
      parts.reshape(left, [...dims, size(rows), size(joined)]),
      parts.reshape(right, [...dims, size(joined), size(columns)]),
    ]);
    const whole = [...batch, ...rows, ...columns];
    const shaped = parts.reshape(
      product,
      whole.map((label) => sizes.get(label)!),
    );
    finish(arranged(parts, shaped, whole, output));
  } else {
    const rest = operands.slice(2);
    const kept = [...new Set([...a, ...b!])].filter((label) =>
      [...rest, output].some((each) => each.includes(label)),
    );
    const letters = new Map([...sizes.keys()].map((label, i) => [label, String.fromCharCode(97 + i)]));
    const term = (labels: Labels) => labels.map((label) => letters.get(label)!).join('');
    const einsum = (terms: readonly Labels[], to: Labels) =>
      new Map([['equation', string(`${terms.map(term).join()}->${term(to)}`)]]);
    const [first, second, ...others] = node.node.inputs as [string, string];
    const pair = parts.add('Einsum', [first, second], { attributes: einsum([a, b!], kept) });
    const attributes = einsum([kept, ...rest], output);
    parts.add('Einsum', [pair, ...others], { attributes, output: node.node.outputs[0]! });
  }
  return parts.all;
}

export const einsum: Operator = {
  opType: 'Einsum',
  limits: 'Native as MatMul is, without repeated labels.',
  since: 12,
  inputs: [1, MANY],
  types: [numbers, 0],
  decompose: decomposed,
  infer(node) {
    const { output, sizes } = equationOf(node);
    return [{ type: node.input(0).type, dims: output.map((label) => sizes.get(label)!) }];
  },
  evaluate(node, inputs, [out]) {
    const { operands, output, sizes } = equationOf(node);
    const order = [...output, ...[...sizes.keys()].filter((label) => !output.includes(label))];
    const dims = order.map((label) => sizes.get(label)!);
    /** How far each operand moves along each label. */
    const walks = operands.map((labels, i) => {
      const own = stridesOf(inputs[i]!.dims);
      const step = (axis: number) => (inputs[i]!.dims[axis] === 1 ? 0 : own[axis]!);
      return order.map((label) =>
        labels.reduce((sum, each, axis) => sum + (each === label ? step(axis) : 0), 0),
      );
    });
    const along = stridesOf(dims);
    const inner = sizeOf(dims.slice(output.length));
    const [zero, one] = (isBig(out!.type) ? [0n, 1n] : [0, 1]) as [number, number];
    return filled(out!, (to) => {
      for (let i = 0; i < to.length; i++) {
        let sum = zero;
        for (let k = i * inner; k < (i + 1) * inner; k++) {
          let product = one;
          for (const [operand, walk] of walks.entries()) {
            const at = walk.reduce(
              (all, step, axis) => all + step * (Math.floor(k / along[axis]!) % dims[axis]!),
              0,
            );
            product *= (inputs[operand]!.data as Float32Array)[at]!;
          }
          sum += product;
        }
        to[i] = sum;
      }
    });
  },
};
