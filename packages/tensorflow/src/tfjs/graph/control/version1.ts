import { nodeError } from '@zeroskip/onnx';
import { type Code, dataInputs, named, type Reference } from '../code.ts';
import { TfNode } from '../node.ts';
import type { NodeEntry } from '../schema.ts';
import { Scope } from '../scope.ts';
import type { TensorValue } from '../value.ts';
import { conditional, repeated } from './emit.ts';
import { Flow } from './flow.ts';
import type { Loop } from './loops.ts';
import type { Side } from './places.ts';

const OPERATORS: ReadonlySet<string> = new Set([
  'Enter',
  'Exit',
  'LoopCond',
  'Merge',
  'NextIteration',
  'Switch',
]);

type Evaluate = (scope: Scope, references: readonly Reference[]) => TensorValue[];

/** Writes what nodes Switch, Merge, Enter, Exit, NextIteration and LoopCond form: conditionals and loops. */
export class ControlNodes {
  readonly #evaluate: Evaluate;
  readonly #flows = new Map<Code, Flow>();

  constructor(evaluate: Evaluate) {
    this.#evaluate = evaluate;
  }

  has(op: string): boolean {
    return OPERATORS.has(op);
  }

  #flowOf(code: Code): Flow {
    const flow = this.#flows.get(code) ?? new Flow(code);
    this.#flows.set(code, flow);
    return flow;
  }

  /** What must be written before the node is. */
  inputs(entry: NodeEntry, scope: Scope): readonly Reference[] {
    const flow = this.#flowOf(scope.code);
    if (entry.op === 'Exit')
      return flow.loops.of(entry).enters.flatMap((enter) => dataInputs(enter).slice(0, 1));
    if (entry.op === 'Merge' && !flow.loops.isLoopMerge(entry)) {
      const { condition, around } = flow.conditionalOf(entry);
      return [condition, ...around];
    }
    if (entry.op === 'Switch' && this.#sideOf(entry, scope) !== undefined)
      return dataInputs(entry).slice(0, 1);
    const [place, expected] =
      entry.op === 'Switch' ? ['a conditional', 'a Merge of both sides'] : ['a loop', 'an Exit'];
    throw nodeError(named(entry), `what leaves ${place}`, expected, `the node itself`);
  }

  #sideOf(entry: NodeEntry, scope: Scope): Side | undefined {
    const condition = this.#flowOf(scope.code).places.conditionOf(entry);
    return condition === undefined ? undefined : scope.sideOf(condition);
  }

  /** Its outputs, when `inputs` are there. Other outputs of the same loop or conditional are defined with them. */
  write(entry: NodeEntry, scope: Scope): readonly (TensorValue | undefined)[] {
    if (entry.op === 'Switch') {
      const value = scope.value(dataInputs(entry)[0]!);
      return this.#sideOf(entry, scope) === 0 ? [value, undefined] : [undefined, value];
    }
    if (entry.op === 'Exit') this.#writeLoop(entry, scope);
    else this.#writeConditional(entry, scope);
    return scope.get(entry.name)!;
  }

  #writeConditional(entry: NodeEntry, scope: Scope): void {
    const { condition, key, merges } = this.#flowOf(scope.code).conditionalOf(entry);
    const branch = (side: Side) => (builder: Scope['builder']) => {
      const within = { builder, depth: scope.depth + 1, around: scope, side: [key, side] as const };
      return this.#evaluate(
        new Scope(scope.code, within),
        merges.map(({ sides }) => sides[side]),
      );
    };
    const sides = [branch(0), branch(1)] as const;
    const values = conditional(new TfNode(entry), scope.value(condition), sides, scope.builder);
    for (const [i, { name }] of merges.entries()) scope.define(name, [values[i]]);
  }

  #writeLoop(entry: NodeEntry, scope: Scope): void {
    const loop = this.#flowOf(scope.code).loops.of(entry);
    const { variables, condition } = loop;
    const entered = entriesOf(loop, scope);
    const inside = (builder: Scope['builder'], values: readonly TensorValue[], isBody: boolean) => {
      const own = new Scope(scope.code, { builder, depth: scope.depth + 1, around: scope });
      for (const [name, value] of entered) own.define(name, [value]);
      for (const [i, { merge, switches }] of variables.entries()) {
        own.define(merge, [values[i]]);
        if (isBody) for (const name of switches) own.define(name, [undefined, values[i]]);
      }
      return own;
    };
    const steps = {
      condition: (builder: Scope['builder'], values: readonly TensorValue[]) =>
        this.#evaluate(inside(builder, values, false), [condition]),
      body: (builder: Scope['builder'], values: readonly TensorValue[]) => {
        const own = inside(builder, values, true);
        const changed = variables.filter(({ isPassed }) => !isPassed).map(({ next }) => next);
        const results = this.#evaluate(own, changed).values();
        return variables.map(({ isPassed }, i) => (isPassed ? values[i]! : results.next().value!));
      },
      isPassed: variables.map(({ isPassed }) => isPassed),
    };
    const initial = variables.map(({ enter }) => entered.get(enter)!);
    const results = repeated(new TfNode(entry), initial, steps, scope.builder);
    for (const [i, { exits }] of variables.entries())
      for (const name of exits) scope.define(name, [results[i]]);
  }
}

/** The values that go into a loop, by the nodes Enter. */
function entriesOf({ enters }: Loop, scope: Scope): Map<string, TensorValue> {
  return new Map(
    enters.map((enter) => {
      const [input] = dataInputs(enter);
      if (input === undefined) throw nodeError(named(enter), 'number of inputs', '1', 0);
      return [enter.name, scope.value(input)];
    }),
  );
}
