import {
  type Constant,
  constantFrom,
  float,
  freshNames,
  type GraphNode,
  MAX_OPSET,
  type NodeView,
  nodeView,
  type TypedGraph,
} from '@zeroskip/onnx';
import { Tensor } from '@zeroskip/tensor';
import {
  affine,
  clip,
  curve,
  type Form,
  identity,
  operatorOfForm,
  product,
  type Recognized,
  tanh,
} from './activation-forms.ts';

/** Nodes that one activation is written with, at most. */
const MAX_NODES = 6;

/** A value as a function of another one. */
interface Derived {
  readonly root: string;
  readonly form: Form;
  /** Nodes from the root on. */
  readonly nodes: number;
}

/** The one value of a constant input. */
function scalar(view: NodeView, index: number): number | undefined {
  const constant = view.inputs[index]?.constant;
  if (constant?.type !== 'float32' || constant.dims.some((dim) => dim !== 1)) return undefined;
  return (constant.load().data as Float32Array)[0];
}

/** A limit of Clip: an input, or an attribute before operator set 11. */
function limit(view: NodeView, index: number, name: string, absent: number): number | undefined {
  if (view.opset < 11) return view.float(name, absent);
  return view.hasInput(index) ? scalar(view, index) : absent;
}

/** What an operator with one computed input does to a form of it, which is input `index`. */
const steps: Readonly<Record<string, (form: Form, view: NodeView, index: number) => Form | undefined>> = {
  Sigmoid: (form) => curve(form, 'sigmoid'),
  Erf: (form) => curve(form, 'erf'),
  Softplus: (form) => curve(form, 'softplus'),
  Tanh: tanh,
  Relu: (form) => clip(form, 0, Infinity),
  Neg: (form) => affine(form, -1, 0),
  HardSigmoid: (form, view) => clip(form, 0, 1, view.float('alpha', 0.2), view.float('beta', 0.5)),
  Clip(form, view) {
    const [low, high] = [limit(view, 1, 'min', -Infinity), limit(view, 2, 'max', Infinity)];
    return low === undefined || high === undefined ? undefined : clip(form, low, high);
  },
  Max: withConstant((form, value) => clip(form, value, Infinity)),
  Min: withConstant((form, value) => clip(form, -Infinity, value)),
  Add: withConstant((form, value) => affine(form, 1, value)),
  Sub: withConstant((form, value, first) => (first ? affine(form, -1, value) : affine(form, 1, -value))),
  Mul: withConstant((form, value) => affine(form, value, 0)),
  Div: withConstant((form, value, first) => (first ? undefined : affine(form, 1 / value, 0))),
};

/** For operators of two values: `f` of the form and the constant, and whether that is the first one. */
function withConstant(f: (form: Form, value: number, first: boolean) => Form | undefined) {
  return (form: Form, view: NodeView, index: number): Form | undefined => {
    const value = view.inputs.length === 2 ? scalar(view, 1 - index) : undefined;
    return value === undefined || !Number.isFinite(value) ? undefined : f(form, value, index === 1);
  };
}

/**
 * Finds activations in whichever way an exporter wrote them (x · Sigmoid(x); x · Clip(x + 3, 0, 6) / 6 in any order;
 * x / 2 · (1 + Erf(x / √2)); Min and Max) and makes one operator of each, which the operator before can then apply.
 */
export function recognizeActivations(graph: TypedGraph): TypedGraph {
  const derived = new Map<string, readonly Derived[]>();
  const constants = new Map(graph.constants);
  const names = freshNames(graph);

  const formsOf = (name: string): readonly Derived[] => [
    { root: name, form: identity, nodes: 0 },
    ...(derived.get(name) ?? []),
  ];

  function derive(view: NodeView): Derived[] {
    const computed = [0, 1].filter((index) => view.hasInput(index) && !view.input(index).constant);
    const [a, b] = computed.map((index) => formsOf(view.input(index).name));
    if (view.node.opType === 'Mul' && a && b) {
      return a.flatMap((left) =>
        b.flatMap((right) => {
          const form = left.root === right.root ? product(left.form, right.form) : undefined;
          return form ? [{ root: left.root, form, nodes: left.nodes + right.nodes + 1 }] : [];
        }),
      );
    }
    const step = steps[view.node.opType];
    if (!step || !a || b) return [];
    return a.flatMap(({ root, form, nodes }) => {
      const next = step(form, view, computed[0]!);
      return next ? [{ root, form: next, nodes: nodes + 1 }] : [];
    });
  }

  function nodeOf(node: GraphNode, root: string, { opType, attributes }: Recognized): GraphNode {
    const inputs = [root];
    if (opType === 'Clip') {
      for (const [key, value] of Object.entries(attributes)) {
        const name = names(`${node.outputs[0]}:${key}`);
        constants.set(name, limitConstant(value));
        inputs.push(name);
      }
    }
    const own =
      opType === 'Clip' ? [] : Object.entries(attributes).map(([key, value]) => [key, float(value)] as const);
    return { ...node, opType, opset: MAX_OPSET, inputs, attributes: new Map(own) };
  }

  const nodes = graph.nodes.map((node) => {
    const output = node.outputs[0] ?? '';
    const view =
      node.domain || !(node.opType in steps) ? undefined : nodeView(node, graph.types, graph.constants);
    if (!view || graph.types.get(output)?.type !== 'float32') return node;
    const found = derive(view)
      .filter((form) => form.nodes <= MAX_NODES)
      .sort((a, b) => b.nodes - a.nodes);
    derived.set(output, found);
    for (const { root, form } of found) {
      const recognized = operatorOfForm(form);
      if (recognized && recognized.opType !== node.opType) return nodeOf(node, root, recognized);
    }
    return node;
  });
  return { ...graph, nodes, constants };
}

function limitConstant(value: number): Constant {
  return constantFrom(new Tensor('float32', Float32Array.of(value), []));
}
