/** Element-wise functions: a row for each in native/elementwise/functions.inc, in its order. */

type UnaryDefinition = (x: number, alpha: number, beta: number) => number;
type BinaryDefinition = (a: number, b: number) => number;

/** Without overflow for large negative arguments. */
function sigmoid(x: number): number {
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
}

/** 1 - erf(x), for x ≥ 2.5: a continued fraction. */
function erfcOfLarge(x: number): number {
  let fraction = 0;
  for (let k = 60; k > 0; k--) fraction = k / 2 / (x + fraction);
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * (x + fraction));
}

/** Abramowitz and Stegun 7.1.5 (series), for |x| < 2.5. */
function erfOfSmall(x: number): number {
  let term = x;
  let sum = x;
  for (let k = 1; Math.abs(term) > 1e-17 * Math.abs(sum); k++) {
    term *= (-x * x) / k;
    sum += term / (2 * k + 1);
  }
  return sum * (2 / Math.sqrt(Math.PI));
}

function erf(x: number): number {
  const a = Math.abs(x);
  return a >= 2.5 ? Math.sign(x) * (1 - erfcOfLarge(a)) : erfOfSmall(x);
}

/** Without cancellation for large negative arguments. */
function gelu(x: number): number {
  const z = x / Math.SQRT2;
  return 0.5 * x * (z <= -2.5 ? erfcOfLarge(-z) : 1 + erf(z));
}

function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** As C has it: the power of 1, and of -1 to an infinity, is 1. */
function pow(a: number, b: number): number {
  return a === 1 || (a === -1 && Math.abs(b) === Number.POSITIVE_INFINITY) ? 1 : a ** b;
}

function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** What may also follow a convolution or a binary function, in double precision. */
export const activations = {
  none: (x) => x,
  relu: (x) => (x > 0 || Number.isNaN(x) ? x : 0),
  clip(x, alpha, beta) {
    let clipped = x;
    if (clipped < alpha) clipped = alpha;
    if (clipped > beta) clipped = beta;
    return clipped;
  },
  leakyRelu: (x, alpha) => (x < 0 ? alpha * x : x),
  sigmoid,
  hardSigmoid: (x, alpha, beta) => Math.max(0, Math.min(1, alpha * x + beta)),
  hardSwish: (x) => x * Math.max(0, Math.min(1, x / 6 + 0.5)),
  swish: (x, alpha) => x * sigmoid(alpha * x),
  tanh: Math.tanh,
  gelu,
  geluTanh: (x) => x * sigmoid(2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)),
  mish: (x) => x * Math.tanh(softplus(x)),
  elu: (x, alpha, beta) => (x < 0 ? alpha * Math.expm1(beta * x) : x),
} satisfies Record<string, UnaryDefinition>;

const { none: _, ...ofTheirOwn } = activations;
export const unaryFunctions = {
  ...ofTheirOwn,
  abs: Math.abs,
  neg: (x) => -x,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  reciprocal: (x) => 1 / x,
  floor: Math.floor,
  ceil: Math.ceil,
  round: roundHalfEven,
  sign: Math.sign,
  erf,
  softplus,
} satisfies Record<string, UnaryDefinition>;

export const binaryFunctions = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  max: Math.max,
  min: Math.min,
  pow,
  equal: (a, b) => Number(a === b),
  notEqual: (a, b) => Number(a !== b),
  less: (a, b) => Number(a < b),
  lessOrEqual: (a, b) => Number(a <= b),
  where: (a, b) => (b === 0 ? -0 : a),
  unless: (a, b) => (b === 0 ? a : -0),
} satisfies Record<string, BinaryDefinition>;

/** Of one element-wise step. */
export const elementwiseLimits = { inputs: 8, instructions: 24 } as const;

export type ActivationName = keyof typeof activations;
export type UnaryFunction = keyof typeof unaryFunctions;
export type BinaryFunction = keyof typeof binaryFunctions;

/**
 * A function with its parameters: `clip` is to [alpha, beta]; `leakyRelu` has slope alpha; `hardSigmoid` is alpha·x +
 * beta in [0, 1]; `swish` is x · sigmoid(alpha · x); `elu` is alpha · (exp(beta · x) - 1) below 0.
 */
export interface Unary<Name extends UnaryFunction | ActivationName = UnaryFunction> {
  readonly name: Name;
  readonly alpha?: number;
  readonly beta?: number;
}

/** A function fused into a layer. */
export type Activation = Unary<ActivationName>;

export function isActivation(unary: Unary): unary is Unary<UnaryFunction & ActivationName> {
  return unary.name in activations;
}

const definitions = { ...activations, ...unaryFunctions };

/** What a function computes, in double precision. */
export function definitionOf({
  name,
  alpha = 0,
  beta = 0,
}: Unary<UnaryFunction | ActivationName>): (x: number) => number {
  const definition: UnaryDefinition = definitions[name];
  return (x) => definition(x, alpha, beta);
}

/**
 * One instruction of an element-wise step. Values are numbered: the step's inputs first, then the results of the
 * instructions before. `b` is there for binary functions, `alpha` and `beta` for unary ones, 0 unless told.
 */
export interface ElementwiseInstruction {
  readonly function: UnaryFunction | BinaryFunction;
  readonly a: number;
  readonly b?: number;
  readonly alpha?: number;
  readonly beta?: number;
}
