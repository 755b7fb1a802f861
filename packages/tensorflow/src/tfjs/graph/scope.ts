import { modelError } from '@zeroskip/onnx';
import type { GraphBuilder } from './builder.ts';
import type { Code, Reference } from './code.ts';
import type { Side } from './control/places.ts';
import type { TensorValue } from './value.ts';

interface Within {
  readonly builder: GraphBuilder;
  readonly depth: number;
  /** The values around it, for a side of a conditional or a loop. */
  readonly around?: Scope;
  /** The side of a condition that is written. */
  readonly side?: readonly [condition: string, side: Side];
}

/** What is known of the values of some code, where it is written. */
export class Scope {
  readonly code: Code;
  readonly builder: GraphBuilder;
  readonly depth: number;
  readonly #around: Scope | undefined;
  readonly #side: Within['side'];
  readonly #values = new Map<string, readonly (TensorValue | undefined)[]>();

  constructor(code: Code, { builder, depth, around, side }: Within) {
    this.code = code;
    this.builder = builder;
    this.depth = depth;
    this.#around = around;
    this.#side = side;
  }

  /** Makes `values` the outputs of a node; undefined for one that exists elsewhere only. */
  define(node: string, values: readonly (TensorValue | undefined)[]): void {
    this.#values.set(node, values);
  }

  /** The outputs of a node, where they are written. */
  get(node: string): readonly (TensorValue | undefined)[] | undefined {
    return this.#values.get(node) ?? this.#around?.get(node);
  }

  has = (node: string): boolean => this.get(node) !== undefined;

  value(reference: Reference): TensorValue {
    const { node } = reference;
    const values = this.get(node)!;
    const value = values[this.code.positionOf(reference)];
    if (value !== undefined) return value;
    const expected = values.includes(undefined)
      ? 'one of the side that is computed'
      : `below ${values.length}`;
    throw modelError(`output of node ${JSON.stringify(node)}`, expected, reference.group ?? reference.index);
  }

  /** Which side of a condition is written here. */
  sideOf(condition: string): Side | undefined {
    return this.#side?.[0] === condition ? this.#side[1] : this.#around?.sideOf(condition);
  }
}
