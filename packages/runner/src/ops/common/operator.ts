import type { Activation } from '@zeroskip/kernels';
import type {
  Constant,
  GraphNode,
  Limits,
  NodeView,
  QuantizedConstant,
  Subgraph,
  ValueType,
} from '@zeroskip/onnx';
import type { ElementType, Tensor } from '@zeroskip/tensor';
import type { Lowering } from '../../lowering/lowering.ts';
import type { Value } from '../../values/value.ts';
import type { Work } from '../../values/work.ts';

/** Most inputs or outputs of an operator that takes any number. */
export const MANY = 2 ** 31 - 1;

/** Makes names that no value of the graph has. */
export type FreshNames = (base: string) => string;

/** Operators in place of a node: they take its outputs' names. */
export interface Decomposition {
  readonly nodes: readonly GraphNode[];
  readonly constants?: ReadonlyMap<string, Constant>;
}

/** The run that a node is part of, for operators that run other graphs or keep sequences. */
export interface RunContext {
  readonly limits: Limits;
  /** Runs a graph inside the node on values for its inputs. */
  runGraph(graph: Subgraph, inputs: readonly Value[]): Work<Value[]>;
  /** To be done before each run of a graph that runs again and again. */
  iterate(): Work<void>;
}

/** A map's channel c as `x · scale[c] + shift[c]`. */
export interface Affine {
  readonly scale: Float32Array;
  readonly shift: Float32Array;
}

/** Types that an input may have, all when undefined; or the index of the input whose type it must have. */
export type TypeRule = readonly ElementType[] | number | undefined;

/** What the compiler knows of an operator, however it is computed. */
interface OperatorTraits {
  readonly opType: string;
  /** Absent for the default domain. */
  readonly domain?: string;
  /** First and, where the operator was withdrawn, last version of the default operator set that has it. */
  readonly since?: number;
  readonly until?: number;
  /** Fewest and most inputs. */
  readonly inputs: readonly [number, number];
  /** Fewest and most outputs; one when absent. */
  readonly outputs?: readonly [number, number];
  /** What it does not take, and what its native form asks for, as sentences for the table of operators. */
  readonly limits?: string;
  /** By input; the last one is for those that follow, too. All types when absent. */
  readonly types?: readonly TypeRule[];
  /** Inputs whose values, not only dims, decide the dims of outputs. */
  readonly shapeInputs?: readonly number[];
  /** Whether the values of inputs of any size decide dims, so that what follows is compiled when these are there. */
  readonly dataDims?: true;
  /** Inputs of which only type and dims count: where they are computed, the outputs can still be known before a run. */
  readonly fromDims?: readonly number[];
  /**
   * Whether a large output that is known before a run is computed again at each use, so that weights are not kept
   * twice.
   */
  readonly cheap?: boolean;
  /**
   * Whether the output is the first input as it is, where it has its type and dims: with `alone` only where that is the
   * one input.
   */
  readonly isView?: boolean | 'alone';
  /** The integers that the output stands for, of constant inputs. */
  quantized?(node: NodeView): QuantizedConstant | undefined;
  /** Whether its native steps can end with an activation. */
  readonly fusesActivation?: boolean;
  /** Whether its native steps can add a map of the output's dims. */
  fusesAddition?(node: NodeView): boolean;
  /** The element-wise function that it applies to its first input, where the operator before can end with it. */
  activation?(node: NodeView): Activation | undefined;
  /**
   * Computes the outputs on the main thread from values that may be no tensors, or with graphs inside the node. What
   * follows is compiled once the outputs are there.
   * @param node whose inputs are those of `inputs` that are tensors
   */
  run?(
    node: NodeView,
    inputs: readonly (Value | undefined)[],
    context: RunContext,
  ): readonly Value[] | Work<readonly Value[]>;
  /** What it does to each channel of input `index`, where that is to scale and shift it by constants. */
  affine?(node: NodeView, index: number): Affine | undefined;
  /** Share of the first output's elements that is expected not to be zero, from those of the inputs; 1 when absent. */
  density?(inputs: readonly number[], node: NodeView): number;
}

/** An operator that is always others in sequence. */
export interface Composite extends OperatorTraits {
  decompose(node: NodeView, names: FreshNames): Decomposition;
}

/** An operator of control flow, sequences or optionals, of which no types are known before a run. */
export type Routine = OperatorTraits & Required<Pick<OperatorTraits, 'run'>>;

/** One operator: everything that the compiler and the executor know of it. */
export interface Operator extends OperatorTraits {
  /** Types and dims of the outputs. Checks attributes and inputs. */
  infer(node: NodeView): ValueType[];
  /**
   * Computes the outputs on the main thread, from tensors in ONNX order. Values of shape inputs are read
   * from `node`.
   * @param types what `infer` returned
   */
  evaluate(node: NodeView, inputs: readonly (Tensor | undefined)[], types: readonly ValueType[]): Tensor[];
  /** The other operators that a node in an older form is; undefined for one in the present form. */
  decompose?(node: NodeView, names: FreshNames): Decomposition | undefined;
  /** Emits native steps and returns true, or does nothing and returns false where it has none for a case. */
  lower?(node: NodeView, lowering: Lowering, types: readonly ValueType[]): boolean;
}

/** Share of non-zeros that a ReLU usually leaves behind. */
export const AFTER_RELU = 0.45;

/** For `density`: of an operator that moves the elements of its first input. */
export const sameDensity = ([first]: readonly number[]) => first!;

/** For `density`: of the sum of independent maps, or the mean of neighbours. */
export const eitherDensity = (a: number, b: number) => 1 - (1 - a) * (1 - b);
