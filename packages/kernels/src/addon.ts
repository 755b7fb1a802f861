/** The native surface: every function that the addon exports, and nothing else. Callers validate first. */

import type { ActivationName } from './elementwise.ts';
import type { NativePatterns } from './encoded/native-patterns.ts';
import type {
  NativeConvolution,
  NativeConvSpec,
  NativeQuantized,
  NativeStep,
} from './program/native-step.ts';

/** One convolution algorithm as its native descriptor tells it. */
export interface AlgorithmInfo {
  readonly id: string;
  /** One line: what it does. */
  readonly summary: string;
  /** Whether it skips the zeros of its input. */
  readonly sparse: boolean;
  /** Whether it sums float32 products of inputs and weights and nothing else: what the strict accuracy asks for. */
  readonly strict: boolean;
  /** Whether it computes any rows of the output from those under them, with the same bits: what a chain asks for. */
  readonly byRows: boolean;
  readonly parameters: readonly ParameterInfo[];
}

export interface ParameterInfo {
  readonly name: string;
  readonly summary: string;
  /** 0 stands for "choose by shape". */
  readonly default: number;
  readonly choices: readonly number[];
}

export interface TargetInfo {
  readonly name: string;
  /** This CPU can execute it. */
  readonly supported: boolean;
  /** The one in use. */
  readonly selected: boolean;
  readonly vectorBytes: number;
}

/** Constants of programs. Opaque. */
export interface NativeConstants {
  readonly __constants: unique symbol;
}

/** An arena with the buffers of one run. Opaque. */
export interface NativeArena {
  readonly __arena: unique symbol;
}

interface NativeActivation {
  activation: ActivationName;
  alpha: number;
  beta: number;
}

/** Times in milliseconds; all but the first are 0 for steps that are not convolutions. */
export interface StepTrace {
  ms: number;
  encodeMs: number;
  computeMs: number;
  /** What the products read for the map: the lists or lowered rows that were written, or the map where it lies. */
  loweredBytes: number;
  /** Multiply-adds that were done, by `cpo` and `cps-column`, which count them. */
  products: number;
  /** 0 unless counted. */
  nonZeros: number;
  /** Whether the input held too few zeros for `convolution`, and `dense` ran. */
  dense: boolean;
}

/** One value per round, in milliseconds. */
export interface ConvTiming {
  /** From start to end. */
  ms: Float64Array;
  /** These two are means over the threads that took part, so their sum may be less. */
  encodeMs: Float64Array;
  computeMs: Float64Array;
}

/** A kind of work with its memory. Opaque. */
export interface NativeMeter {
  readonly __meter: unique symbol;
}

/** `fma`: multiply-adds in registers. `read`: one array, summed. `triad`: a = b + s * c. */
export type MeterKind = 'fma' | 'read' | 'triad';

interface NativeRoofline {
  /** `bytes`: of each thread's arrays together. The target is the one in use. */
  createMeter(kind: MeterKind, bytes: number, threads: number): Promise<NativeMeter>;
  /** Operations (`fma`) or bytes of one loop, all threads together. */
  meterWork(meter: NativeMeter): number;
  /** Seconds of `loops` loops on every thread. */
  runMeter(meter: NativeMeter, loops: number): Promise<number>;
  releaseMeter(meter: NativeMeter): void;
}

/** What follows the sums of a convolution of integers. */
interface NativeQuantizedEnd extends NativeActivation {
  result: 'bytes' | 'floats' | 'sums';
  zero: number;
  low: number;
  high: number;
  /** Of bytes before a map is added; 0 where none is. */
  ownScale: number;
}

interface NativeQuantizedFunctions {
  /** Packs weights (`M × C/group × kH × kW`) of 8 bits; the values of the others are by output channel. */
  createQuantized(
    spec: NativeConvSpec,
    weights: Uint8Array,
    signed: boolean,
    zeros: Int32Array | undefined,
    bias: Int32Array | undefined,
    scale: Float32Array | undefined,
    floatBias: Float32Array | undefined,
    end: NativeQuantizedEnd,
  ): NativeQuantized;
  /** Bytes of packed weights. */
  quantizedBytes(convolution: NativeQuantized): number;
  releaseQuantized(convolution: NativeQuantized): void;
}

interface NativeFloats {
  /** IEEE 754 binary16 to float32. The arrays have one length. */
  widenFloat16(halves: Uint16Array, out: Float32Array): void;
  /** Whether no value is a NaN or larger in magnitude than a limit, which is a float32. */
  allWithin(values: Float32Array, limit: number): boolean;
}

interface NativeMemory {
  /** For `abort`, in memory that native code sees: WebAssembly alone has it. Nobody writes it once it is released. */
  createFlag?(): Int32Array;
  releaseFlag?(flag: Int32Array): void;
}

/** A convolution, an input of `batch × inputH × inputW` pixels, and what one core does, in units a second. */
export type EstimateArguments = readonly [
  spec: NativeConvSpec,
  batch: number,
  inputH: number,
  inputW: number,
  density: number,
  sets: number,
  operations: number,
  l2Bytes: number,
  memoryBytes: number,
];

export interface NativeAddon
  extends NativeMemory,
    NativeRoofline,
    NativeQuantizedFunctions,
    NativePatterns,
    NativeFloats {
  targets(): TargetInfo[];
  selectTarget(name: string): void;
  algorithms(): AlgorithmInfo[];
  /**
   * The names in native/elementwise/functions.inc; `activations` are the unary ones that may be fused. `limits` are
   * those of one element-wise step.
   */
  functions(): Record<'unary' | 'activations' | 'binary', string[]> & {
    limits: Record<'inputs' | 'instructions', number>;
  };
  /** The reason why `algorithm` refuses, or undefined. */
  refusal(
    algorithm: string,
    spec: NativeConvSpec,
    inputH: number,
    inputW: number,
    weightsFit: boolean,
  ): string | undefined;
  /** Seconds on one core, with the algorithm's default parameters. */
  estimateSeconds(...args: [...EstimateArguments, algorithm: string]): number;
  /**
   * The same for each algorithm in turn, then the bytes of its packed weights, bias excluded: an infinity and 0 where
   * it refuses the shape. `out` has two numbers for each.
   */
  estimateAll(...args: [...EstimateArguments, out: Float64Array]): void;
  /** Packs the weights (`M × C/group × kH × kW`) once. `parameters` are in the descriptor's order. */
  createConvolution(
    algorithm: string,
    spec: NativeConvSpec,
    weights: Float32Array,
    bias: Float32Array | undefined,
    activation: NativeActivation,
    parameters: number[],
  ): NativeConvolution;
  releaseConvolution(convolution: NativeConvolution): void;
  /** As `refusal`, of weights that fit. */
  convolutionRefusal(convolution: NativeConvolution, inputH: number, inputW: number): string | undefined;
  /** Bytes of packed weights. */
  convolutionBytes(convolution: NativeConvolution): number;
  /** Peak workspace in bytes of a run of `convolution` on this input. */
  workspaceBytes(
    convolution: NativeConvolution,
    batch: number,
    inputH: number,
    inputW: number,
    threads: number,
  ): number;
  createArena(floats: number): NativeArena;
  releaseArena(arena: NativeArena): void;
  writeArena(arena: NativeArena, offset: number, data: Float32Array): void;
  /** Has the system hand out the array's memory. */
  commit(array: ArrayBufferView): void;
  /** Fills `data`. */
  readArena(arena: NativeArena, offset: number, data: Float32Array): void;
  /**
   * Executes `steps[from..to)`, then copies `views` of the arena to `maps`, in N, C, H, W order; off the main thread,
   * unless that takes less time than to wake another. `abort[0] != 0`, checked between steps, ends it early.
   * @param views numbers of each view, as `createProgram` takes them
   * @param traces filled with seven numbers for each step that ran and each view: those of `StepTrace`, in its order
   * @param ms after which no step begins, and nothing is copied
   * @returns how many steps and views these are
   */
  execute(
    steps: NativeProgram,
    arena: NativeArena,
    from: number,
    to: number,
    threads: number,
    abort: Int32Array | undefined,
    countNonZeros: boolean,
    views: Float64Array,
    maps: readonly Float32Array[],
    traces: Float64Array | undefined,
    ms?: number,
  ): number | Promise<number>;
  /** The same on the calling thread, which waits, whatever it takes; the flag is not looked at. */
  executeNow(...execution: Parameters<NativeAddon['execute']>): number;
  /**
   * Whether `execute` takes less time for that than to wake another thread, and does it on the calling one.
   * @param copied elements of the largest map that is copied behind the steps
   */
  isBrief(steps: NativeProgram, from: number, to: number, copied: number): boolean;
  /** Copies `values`. */
  createConstants(values: Float32Array): NativeConstants;
  releaseConstants(constants: NativeConstants): void;
  /**
   * @param views twelve numbers for each view of the steps in order, those that a step reads first: 1 for a constant,
   *   offset, n, h, w, c, pixelStride, rowStride, imageStride, 0 for floats, 1 for uint8 or 2 for int8, scale, zero
   * @param constants copied; they follow those of `shared`
   */
  createProgram(
    steps: NativeStep[],
    views: Float64Array,
    constants: Float32Array,
    shared: NativeConstants | undefined,
  ): NativeProgram;
  /** Bytes that the program alone uses. */
  programBytes(program: NativeProgram): number;
  releaseProgram(program: NativeProgram): void;
  /**
   * Runs each convolution `rounds` times on the input of `step`, interleaved, and leaves the last result in
   * the step's output.
   */
  timeConvolutions(
    program: NativeProgram,
    arena: NativeArena,
    step: number,
    convolutions: NativeConvolution[],
    rounds: number,
    threads: number,
  ): Promise<ConvTiming[]>;
}

export interface NativeProgram {
  readonly __program: unique symbol;
}
