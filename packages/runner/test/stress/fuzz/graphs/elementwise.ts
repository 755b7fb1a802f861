import type { GraphDraft } from './draft.ts';

const scalar = (draft: GraphDraft, value: number) => draft.floats(draft.chance(0.5) ? [] : [1], value, value);

function clip(draft: GraphDraft, x: string): string | undefined {
  const [low, high] = draft.pick([
    [0, 6],
    [0, 1],
    [-0.5, 0.5],
    [0.25, 2],
  ] as const);
  const [hasLow, hasHigh] = [draft.chance(0.85), draft.chance(0.85)];
  if (draft.opset < 11) {
    return draft.add('Clip', [x], {
      ...(hasLow && { min: { float: low } }),
      ...(hasHigh && { max: { float: high } }),
    })?.[0];
  }
  const bound = (value: number) => {
    const name = draft.floats([], value, value);
    return draft.chance(0.2) ? draft.add('Identity', [name])![0]! : name;
  };
  const lower = hasLow ? [bound(low)] : hasHigh ? [''] : [];
  return draft.add('Clip', [x, ...lower, ...(hasHigh ? [bound(high)] : [])])?.[0];
}

export function activation(draft: GraphDraft, x: string): string | undefined {
  const one = (opType: string, attributes = {}) => draft.add(opType, [x], attributes)?.[0];
  switch (draft.whole(0, 11)) {
    case 0:
    case 1:
    case 2:
      return one('Relu');
    case 3:
    case 4:
      return clip(draft, x);
    case 5:
      return one('LeakyRelu', draft.chance(0.5) ? { alpha: { float: 0.25 } } : {});
    case 6:
      return one('HardSigmoid', draft.chance(0.5) ? { alpha: { float: 1 / 6 } } : {});
    case 7:
      return one('HardSwish');
    case 8:
      return draft.add('PRelu', [x, draft.floats(draft.chance(0.5) ? [1] : slopes(draft, x), -0.5, 1)])?.[0];
    case 9:
      return one(
        draft.pick(['Elu', 'Selu', 'Celu', 'Softplus', 'Softsign', 'ThresholdedRelu', 'Gelu', 'Mish', 'Erf']),
      );
    default:
      return one(draft.pick(['Sigmoid', 'Sigmoid', 'Tanh']));
  }
}

function slopes(draft: GraphDraft, x: string): number[] {
  return draft.dims(x).flatMap((dim, axis) => (axis === 0 ? [] : [axis === 1 ? dim : 1]));
}

/** Activations of several nodes, as exporters write them. */
export function spelledActivation(draft: GraphDraft, x: string): void {
  const times = (factor: string | undefined) =>
    factor && draft.add('Mul', draft.chance(0.5) ? [x, factor] : [factor, x]);
  const plus = (value: number) => (name: string) => draft.add('Add', [name, scalar(draft, value)])?.[0];
  const op =
    (opType: string, ...rest: string[]) =>
    (name: string) =>
      draft.add(opType, [name, ...rest])?.[0];
  switch (draft.whole(0, 4)) {
    case 0:
      times(draft.add('Sigmoid', [x])?.[0]);
      return;
    case 1:
      times(draft.add('HardSigmoid', [x], { alpha: { float: 1 / 6 } })?.[0]);
      return;
    case 2:
      draft.chain(x, plus(3), (name) => clip(draft, name), op('Mul', x), op('Div', scalar(draft, 6)));
      return;
    case 3:
      draft.chain(x, op(draft.pick(['Max', 'Min']), scalar(draft, 0)), op('Mul', scalar(draft, 0.5)));
      return;
    default:
      draft.chain(x, op('Abs'), plus(1), draft.chance(0.5) ? op('Reciprocal') : op('Sqrt'), op('Mul', x));
  }
}

export function unary(draft: GraphDraft, x: string): string | undefined {
  return draft.add(draft.pick(['Abs', 'Neg', 'Neg', 'Sin', 'Cos', 'Atan']), [x])?.[0];
}

/** Dims that broadcast to `dims`. */
function broadcastable(draft: GraphDraft, dims: readonly number[]): number[] {
  switch (draft.whole(0, 4)) {
    case 0:
      return draft.chance(0.5) ? [] : [1];
    case 1:
      return dims.map((dim, axis) => (axis === 1 ? dim : 1));
    case 2:
      return dims.slice(1).map((dim, axis) => (axis === 0 ? dim : 1));
    case 3:
      return [...dims];
    default:
      return dims.slice(draft.whole(0, dims.length)).map((dim) => (draft.chance(0.6) ? dim : 1));
  }
}

/** With a constant, in either order; what divides is far from zero. */
export function withConstant(draft: GraphDraft, x: string): string | undefined {
  const opType = draft.pick(['Add', 'Add', 'Mul', 'Mul', 'Sub', 'Div', 'Pow', 'Max', 'Min']);
  const dims = broadcastable(draft, draft.dims(x));
  if (opType === 'Pow') return draft.add('Pow', [x, scalar(draft, 2)])?.[0];
  const constant = opType === 'Div' ? draft.floats(dims, 0.5, 2) : draft.floats(dims);
  const isFirst = opType !== 'Div' && draft.chance(0.3);
  return draft.add(opType, isFirst ? [constant, x] : [x, constant])?.[0];
}

/** Of two computed values: with the same dims where there are such, else with dims that broadcast. */
export function combined(draft: GraphDraft, x: string): string | undefined {
  const own = draft.dims(x);
  const same = (dims: readonly number[]) => dims.join() === own.join();
  const fits = (dims: readonly number[]) =>
    dims.length === own.length &&
    dims.every((dim, axis) => dim === own[axis] || dim === 1 || own[axis] === 1);
  const other = draft.value(draft.chance(0.7) ? same : fits) ?? draft.value(fits)!;
  const opType = draft.pick(['Add', 'Add', 'Add', 'Add', 'Mul', 'Sub', 'Max', 'Min', 'Sum', 'Mean']);
  const inputs = draft.chance(0.5) ? [x, other] : [other, x];
  if ((opType === 'Sum' || opType === 'Mean') && draft.chance(0.5)) inputs.push(draft.value(same)!);
  return draft.add(opType, inputs)?.[0];
}
