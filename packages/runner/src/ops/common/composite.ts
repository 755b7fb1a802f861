import {
  type AttributeValue,
  type Constant,
  constantFrom,
  type GraphNode,
  int,
  ints,
  type NodeView,
  type Subgraph,
} from '@zeroskip/onnx';
import { type ElementType, Tensor } from '@zeroskip/tensor';
import { inlined } from './inlined.ts';
import type { Composite, Decomposition, FreshNames } from './operator.ts';
import { isBig } from './types.ts';

/** Version of the default operator set that gives the parts of a decomposition their meaning. */
const PARTS_OPSET = 20;

interface PartOptions {
  readonly attributes?: ReadonlyMap<string, AttributeValue>;
  /** Of the part's output; a new one unless told. */
  readonly output?: string;
  readonly opset?: number;
  /** Absent for the default domain. */
  readonly domain?: string;
}

/** Collects the operators that a node is made of. The last of them takes the node's name and output. */
export class Parts {
  readonly #node: GraphNode;
  readonly #names: FreshNames;
  readonly #nodes: GraphNode[] = [];
  readonly #constants = new Map<string, Constant>();

  constructor(view: NodeView, names: FreshNames) {
    this.#node = view.node;
    this.#names = names;
  }

  constant(tensor: Tensor): string {
    const name = this.#names(`${this.#node.name}/constant`);
    this.#constants.set(name, constantFrom(tensor));
    return name;
  }

  /** A constant of one value, without axes, in the type of what it is combined with. */
  scalar(type: ElementType, value: number): string {
    return this.constant(new Tensor(type, [isBig(type) ? BigInt(value) : value], []));
  }

  /** Adds an operator of one output, and returns its name. */
  add(opType: string, inputs: readonly string[], options: PartOptions = {}): string {
    const output = options.output ?? this.#names(`${this.#node.name}/${opType}`);
    const name = options.output === undefined ? output : this.#node.name;
    this.#push(name, opType, inputs, [output], options);
    return output;
  }

  /** Adds an operator of several outputs, and returns their names. */
  addOf(opType: string, inputs: readonly string[], count: number): readonly string[] {
    const outputs = Array.from({ length: count }, () => this.#names(`${this.#node.name}/${opType}`));
    this.#push(outputs[0]!, opType, inputs, outputs, {});
    return outputs;
  }

  #push(
    name: string,
    opType: string,
    inputs: readonly string[],
    outputs: readonly string[],
    { attributes = new Map(), opset = PARTS_OPSET, domain }: PartOptions,
  ): void {
    this.#nodes.push({
      name,
      opType,
      ...(domain !== undefined && { domain }),
      opset,
      inputs,
      outputs,
      attributes,
    });
  }

  /** Adds the nodes of a graph inside the node, and returns the name of its one output. */
  inline(graph: Subgraph, inputs: readonly string[]): string {
    const output = this.#names(`${this.#node.name}/${graph.outputs[0]!.name}`);
    const { nodes, constants = new Map() } = inlined(
      { ...this.#node, outputs: [output] },
      graph,
      this.#names,
      inputs,
    );
    this.#nodes.push(...nodes);
    for (const [name, constant] of constants) this.#constants.set(name, constant);
    return output;
  }

  /** Adds a Reshape of `input` to `dims`, and returns its name. */
  reshape(input: string, dims: readonly number[], output?: string): string {
    const shape = this.constant(new Tensor('int64', dims.map(BigInt)));
    const attributes = new Map([['allowzero', int(1)]]);
    return this.add('Reshape', [input, shape], { attributes, ...(output !== undefined && { output }) });
  }

  get all(): Decomposition {
    return { nodes: this.#nodes, constants: this.#constants };
  }
}

/** An operator that is always made of others. */
export function composite(
  row: Omit<Composite, 'decompose'>,
  write: (node: NodeView, parts: Parts, output: string) => void,
): Composite {
  return {
    ...row,
    decompose(node, names) {
      const parts = new Parts(node, names);
      write(node, parts, node.node.outputs[0]!);
      return parts.all;
    },
  };
}

/**
 * The node with its second operand under dims that broadcast by NumPy's rules. Before operator set 7 the operand's axes
 * were those of the first operand from attribute `axis` on.
 */
export function alignedOperand(
  node: NodeView,
  names: FreshNames,
  axis: number | undefined,
): Decomposition | undefined {
  const [rank, own] = [node.input(0).dims.length, node.input(1).dims.length];
  if (axis === undefined) return undefined;
  const first = node.normalizeAxis(axis, rank, 'attribute axis');
  const missing = rank - first - own;
  if (missing < 0) throw node.error('attribute axis', `at most ${rank - own}`, axis);
  if (missing === 0) return undefined;
  const { inputs, outputs, attributes: old, opset, opType } = node.node;
  const parts = new Parts(node, names);
  const axes = Array.from({ length: missing }, (_, i) => own + i);
  const by = parts.add('Unsqueeze', [inputs[1]!], { attributes: new Map([['axes', ints(axes)]]), opset });
  const attributes = new Map([...old].filter(([name]) => name !== 'axis'));
  parts.add(opType, [inputs[0]!, by], { attributes, output: outputs[0]!, opset });
  return parts.all;
}

/** The decomposition of binary operators, which had an `axis` before operator set 7. */
export function alignedByAxis(node: NodeView, names: FreshNames): Decomposition | undefined {
  const isOld = node.opset < 7 && node.flag('broadcast', false) && node.has('axis');
  return isOld ? alignedOperand(node, names, node.int('axis')) : undefined;
}
