import type { AttributeValue } from '@zeroskip/onnx';
import type { GraphBuilder } from '../../tfjs/graph/builder.ts';
import type { TensorValue } from '../../tfjs/graph/value.ts';
import type { LiteNode } from '../node.ts';
import { ifBranches, whileLoop } from '../options.ts';
import type { Translate, Translations } from '../translation.ts';

const graph = (value: Extract<AttributeValue, { kind: 'graph' }>['value']): AttributeValue => ({
  kind: 'graph',
  value,
});

const names = (values: readonly TensorValue[]) => values.map(({ name }) => name);

/** Operands of the graphs inside, from input `first`, with the axes of the model. */
function operands(node: LiteNode, first: number, builder: GraphBuilder): TensorValue[] {
  return Array.from({ length: node.inputCount - first }, (_, i) => builder.modelOrder(node.raw(first + i)));
}

/** Values of another graph under names of this one. */
const own = (name: string, values: readonly TensorValue[], builder: GraphBuilder) =>
  values.map((value) => builder.node(name, 'Identity', [value.name]));

const condition = (name: string, value: TensorValue, builder: GraphBuilder) =>
  builder.reshape(`${name}/condition`, value.name, []);

const conditional: Translate = (node, builder) => {
  const { thenSubgraph, elseSubgraph } = node.options(ifBranches);
  const inputs = operands(node, 1, builder);
  const branch = (subgraph: number) => {
    const inner = builder.nested();
    const values = node.call(subgraph, inputs, inner);
    return graph(inner.emitter.subgraph([], own(`${node.name}/result`, values, inner)));
  };
  const attributes = { then_branch: branch(thenSubgraph), else_branch: branch(elseSubgraph) };
  const chosen = [condition(node.name, node.raw(0), builder)];
  const results = builder.emitter.multiple(node.name, 'If', chosen, node.outputCount, attributes);
  return results.map((name, i) => builder.plain(name, node.output(i).dims.length));
};

/** The condition is computed before the loop, and again behind each round of it. */
const loop: Translate = (node, builder) => {
  const { condSubgraph, bodySubgraph } = node.options(whileLoop);
  const inputs = operands(node, 0, builder);
  const goesOn = (values: readonly TensorValue[], within: GraphBuilder) => {
    const [first] = node.call(condSubgraph, values, within);
    if (first === undefined) throw node.error('outputs of the condition', 'one', 'none');
    return condition(node.name, first, within);
  };
  const before = goesOn(inputs, builder);
  const inner = builder.nested();
  const parameters = ['round', 'goes', ...inputs.map(() => 'state')].map((what) =>
    inner.emitter.reserve(`${node.name}/${what}`),
  );
  const states = inputs.map((input, i) => ({
    ...inner.plain(parameters[2 + i]!, input.rank),
    ...(input.length === undefined ? {} : { length: input.length }),
  }));
  const next = node.call(bodySubgraph, states, inner);
  if (next.length !== states.length)
    throw node.error('outputs of the body', String(states.length), next.length);
  const body = inner.emitter.subgraph(parameters, [
    goesOn(next, inner),
    ...own(`${node.name}/next`, next, inner),
  ]);
  const operandNames = ['', before, ...names(inputs)];
  const results = builder.emitter.multiple(node.name, 'Loop', operandNames, inputs.length, {
    body: graph(body),
  });
  return results.map((name, i) => builder.plain(name, inputs[i]!.rank));
};

export const control: Translations = {
  IF: { inputs: 1, translate: conditional, isRaw: true },
  WHILE: { inputs: 1, translate: loop, isRaw: true },
};
