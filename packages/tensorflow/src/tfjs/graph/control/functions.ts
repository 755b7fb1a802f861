import { modelError } from '@zeroskip/onnx';
import type { GraphBuilder } from '../builder.ts';
import { Code, type OutputNames, type Reference } from '../code.ts';
import type { TfNode } from '../node.ts';
import type { FunctionEntry } from '../schema.ts';
import { Scope } from '../scope.ts';
import type { TensorValue } from '../value.ts';
import { conditional, repeated } from './emit.ts';

type Evaluate = (scope: Scope, references: readonly Reference[]) => TensorValue[];

/** By operator: the attributes that name functions. */
const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  PartitionedCall: ['f'],
  StatefulPartitionedCall: ['f'],
  If: ['then_branch', 'else_branch'],
  StatelessIf: ['then_branch', 'else_branch'],
  While: ['cond', 'body'],
  StatelessWhile: ['cond', 'body'],
};

const CASES: ReadonlySet<string> = new Set(['Case', 'StatelessCase']);

interface Called {
  readonly code: Code;
  readonly arguments: readonly string[];
}

function resultsOf({ signature, ret }: FunctionEntry): string[] {
  return signature.outputArg.map(({ name }) => {
    const reference = Object.hasOwn(ret, name) ? ret[name] : undefined;
    if (reference === undefined) throw modelError(`ret of function ${signature.name}`, name, 'nothing');
    return reference;
  });
}

/** Writes nodes that call functions of the model's library: calls, conditionals and loops. */
export class FunctionNodes {
  readonly #evaluate: Evaluate;
  readonly #outputs: OutputNames;
  readonly #library: ReadonlyMap<string, FunctionEntry>;
  readonly #called = new Map<string, Called>();

  constructor(library: readonly FunctionEntry[], outputs: OutputNames, evaluate: Evaluate) {
    this.#library = new Map(library.map((entry) => [entry.signature.name, entry]));
    this.#outputs = outputs;
    this.#evaluate = evaluate;
  }

  has(op: string): boolean {
    return Object.hasOwn(ATTRIBUTES, op) || CASES.has(op);
  }

  /** Functions that a node may call, of those that the model has. */
  entries(node: TfNode): FunctionEntry[] {
    return this.#namesOf(node).flatMap((name) => this.#library.get(name) ?? []);
  }

  #namesOf(node: TfNode): string[] {
    return CASES.has(node.op)
      ? node.functions('branches')
      : ATTRIBUTES[node.op]!.map((key) => node.function(key));
  }

  #function(node: TfNode, name: string): Called {
    const known = this.#called.get(name);
    if (known) return known;
    const entry = this.#library.get(name);
    if (entry === undefined) throw node.error('what it calls', 'a function of the library', name);
    const given = entry.signature.inputArg.map((argument) => argument.name);
    const called = {
      code: new Code(entry.nodeDef, resultsOf(entry), this.#outputs, given),
      arguments: given,
    };
    this.#called.set(name, called);
    return called;
  }

  #call(node: TfNode, name: string, inputs: readonly TensorValue[], builder: GraphBuilder, depth: number) {
    const { code, arguments: names } = this.#function(node, name);
    if (names.length !== inputs.length) {
      throw node.error(`inputs for function ${name}`, String(names.length), inputs.length);
    }
    const scope = new Scope(code, { builder, depth: depth + 1 });
    for (const [i, argument] of names.entries()) scope.define(argument, [inputs[i]]);
    return this.#evaluate(scope, code.references);
  }

  write(node: TfNode, inputs: readonly TensorValue[], { builder, depth }: Scope): readonly TensorValue[] {
    const names = this.#namesOf(node);
    const [condition, ...operands] = inputs;
    const branch = (name: string) => (inner: GraphBuilder) => this.#call(node, name, operands, inner, depth);
    if (CASES.has(node.op)) {
      if (names.length === 0) throw node.error('attribute branches', 'at least one function', 'none');
      return this.#case(node, condition, names.map(branch), builder);
    }
    const [first, second] = names as [string, string];
    if (node.op.endsWith('If')) return conditional(node, condition, [branch(second), branch(first)], builder);
    if (!node.op.endsWith('While')) return this.#call(node, first, inputs, builder, depth);
    const step = (name: string) => (inner: GraphBuilder, values: readonly TensorValue[]) =>
      this.#call(node, name, values, inner, depth);
    const { code, arguments: given } = this.#function(node, second);
    const isPassed = inputs.map((_, i) => {
      const result = code.references[i];
      return result !== undefined && code.resolved(result).node === given[i];
    });
    return repeated(node, inputs, { condition: step(first), body: step(second), isPassed }, builder);
  }

  /** The last branch is for all other indices. */
  #case(
    node: TfNode,
    index: TensorValue | undefined,
    [first, ...others]: readonly ((builder: GraphBuilder) => readonly TensorValue[])[],
    builder: GraphBuilder,
    number = 0,
  ): readonly TensorValue[] {
    if (others.length === 0) return first!(builder);
    if (index === undefined) throw node.error('number of inputs', 'at least 1', 0);
    const own = builder.scalar(`${node.name}/branch`, 'int32', number);
    const isOwn = builder.plain(builder.node(`${node.name}/isBranch`, 'Equal', [index.name, own]), 0);
    const otherwise = (inner: GraphBuilder) => this.#case(node, index, others, inner, number + 1);
    return conditional(node, isOwn, [otherwise, first!], builder);
  }
}
