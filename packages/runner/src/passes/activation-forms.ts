/** The functions of one value that exporters write activations with; the last is the tanh of the one before. */
type Inner = 'clip' | 'sigmoid' | 'erf' | 'softplus' | 'tanhOfSoftplus';

/**
 * A function of one value x: `scale · g(alpha · x + beta) + shift`, and that times x where it is `gated`. `g` is
 * `inner`; one that clips does so to [low, high], which may be infinite.
 */
export interface Form {
  readonly gated: boolean;
  readonly inner: Inner;
  readonly low: number;
  readonly high: number;
  readonly alpha: number;
  readonly beta: number;
  readonly scale: number;
  readonly shift: number;
}

/** x itself. */
export const identity: Form = {
  gated: false,
  inner: 'clip',
  low: Number.NEGATIVE_INFINITY,
  high: Number.POSITIVE_INFINITY,
  alpha: 1,
  beta: 0,
  scale: 1,
  shift: 0,
};

/** `scale · form + shift`; a gated form takes no shift. */
export function affine(form: Form, scale: number, shift: number): Form | undefined {
  if (form.gated && shift !== 0) return undefined;
  return { ...form, scale: form.scale * scale, shift: form.shift * scale + shift };
}

/** `g(alpha · form + beta)` of a form that is affine. */
function within(
  form: Form,
  g: Pick<Form, 'inner' | 'low' | 'high'>,
  alpha: number,
  beta: number,
): Form | undefined {
  if (form.gated || form.inner !== 'clip' || form.low !== -Infinity || form.high !== Infinity)
    return undefined;
  const factor = form.scale * alpha;
  const offset = form.shift * alpha + beta;
  return { ...identity, ...g, alpha: form.alpha * factor, beta: form.beta * factor + offset };
}

export function curve(form: Form, inner: 'sigmoid' | 'erf' | 'softplus'): Form | undefined {
  return within(form, { inner, low: -Infinity, high: Infinity }, 1, 0);
}

/** The hyperbolic tangent of a softplus. */
export function tanh(form: Form): Form | undefined {
  const { gated, inner, scale, shift } = form;
  const isSoftplus = inner === 'softplus' && !gated && scale === 1 && shift === 0;
  return isSoftplus ? { ...form, inner: 'tanhOfSoftplus' } : undefined;
}

/** `alpha · form + beta`, clipped to [low, high]. */
export function clip(form: Form, low: number, high: number, alpha = 1, beta = 0): Form | undefined {
  const again = form.inner === 'clip' && !form.gated && form.scale === 1 && form.shift === 0;
  if (again && alpha === 1 && beta === 0 && form.low <= high && low <= form.high)
    return { ...form, low: Math.max(low, form.low), high: Math.min(high, form.high) };
  return within(form, { inner: 'clip', low, high }, alpha, beta);
}

/** The product of two forms of one x, one of which is x times a constant. */
export function product(a: Form, b: Form): Form | undefined {
  for (const [line, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const isLine = within(line, identity, 1, 0);
    if (isLine?.beta !== 0 || other.gated) continue;
    const factor = isLine.alpha;
    return { ...other, gated: true, scale: other.scale * factor, shift: other.shift * factor };
  }
  return undefined;
}

/** An operator of ONNX that is a form, with its attributes. */
export interface Recognized {
  readonly opType: 'Relu' | 'Clip' | 'HardSigmoid' | 'HardSwish' | 'Swish' | 'Gelu' | 'Mish';
  readonly attributes: Readonly<Record<string, number>>;
}

/** Constants of models are rounded to single precision, or written with a few digits. */
const near = (a: number, b: number) => Math.abs(a - b) <= 2e-6 * Math.max(1, Math.abs(b));

/** The operator that computes `form`, if there is one. */
export function operatorOfForm(form: Form): Recognized | undefined {
  const { gated, inner, low, high, alpha, beta, scale, shift } = form;
  if (inner === 'sigmoid') {
    const isSwish = gated && near(scale, 1) && near(shift, 0) && near(beta, 0);
    return isSwish ? { opType: 'Swish', attributes: { alpha } } : undefined;
  }
  if (inner === 'erf') {
    const isHalf = near(scale, 0.5) && near(shift, 0.5);
    const isGelu = gated && isHalf && near(alpha, Math.SQRT1_2) && beta === 0;
    return isGelu ? { opType: 'Gelu', attributes: {} } : undefined;
  }
  if (inner === 'softplus') return undefined;
  if (inner === 'tanhOfSoftplus') {
    const isMish = gated && alpha === 1 && beta === 0 && scale === 1 && shift === 0;
    return isMish ? { opType: 'Mish', attributes: {} } : undefined;
  }
  const isPlain = !gated && alpha === 1 && beta === 0 && scale === 1 && shift === 0;
  if (isPlain && low === 0 && high === Infinity) return { opType: 'Relu', attributes: {} };
  if (isPlain && (low > -Infinity || high < Infinity)) return { opType: 'Clip', attributes: { low, high } };
  if (low === -Infinity || high === Infinity || low >= high) return undefined;
  // A ramp from 0 to 1: (alpha · x + beta - low) / (high - low), clipped.
  const range = high - low;
  if (!near(scale * range, 1) || !near(scale * low + shift, 0)) return undefined;
  const ramp = { alpha: alpha / range, beta: (beta - low) / range };
  if (!gated) return { opType: 'HardSigmoid', attributes: ramp };
  return near(ramp.alpha, 1 / 6) && near(ramp.beta, 0.5)
    ? { opType: 'HardSwish', attributes: {} }
    : undefined;
}
