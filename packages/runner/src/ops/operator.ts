import type { Tensor } from '@zeroskip/tensor';
import type { Constant, GraphNode, ValueType } from '../graph.ts';
import type { Lowering } from '../lowering/lowering.ts';
import type { NodeView } from './node-view.ts';

/** Makes names that no value of the graph has. */
export type FreshNames = (base: string) => string;

export interface Decomposition {
  readonly nodes: readonly GraphNode[];
  readonly constants?: ReadonlyMap<string, Constant>;
}

/** One operator: everything that the compiler and the executor know of it. */
export interface Operator {
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
  /** Inputs whose values, not only dims, decide the dims of outputs. */
  readonly shapeInputs?: readonly number[];
  /** Types and dims of the outputs. Checks attributes and inputs. */
  infer(node: NodeView): ValueType[];
  /**
   * Computes the outputs on the main thread, from tensors in ONNX order. Values of shape inputs are read
   * from `node`.
   * @param types what `infer` returned
   */
  evaluate(node: NodeView, inputs: readonly (Tensor | undefined)[], types: readonly ValueType[]): Tensor[];
  /**
   * Other operators in place of the node, which take the outputs' names, where it is one of several in sequence or has
   * an older form; undefined where it is not.
   */
  decompose?(node: NodeView, names: FreshNames): Decomposition | undefined;
  /** Emits native steps and returns true, or does nothing and returns false where it has none for a case. */
  lower?(node: NodeView, lowering: Lowering, types: readonly ValueType[]): boolean;
}
