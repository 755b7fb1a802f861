import type { Limits } from '../graph/limits.ts';
import { modelError } from '../graph/model-error.ts';
import { domainOf, opsetVersion } from './opsets.ts';
import type { AttributeProto, FunctionProto, GraphProto, NodeProto, OperatorSetIdProto } from './schema.ts';

/** Functions inside functions. */
const MAX_DEPTH = 16;

/** A node and the version of the default operator set that gives it its meaning. */
export interface VersionedNode {
  readonly proto: NodeProto;
  readonly opset: number;
}

const keyOf = (domain: string | undefined, name: string | undefined, overload: string | undefined) =>
  JSON.stringify([domainOf(domain), name ?? '', overload ?? '']);

type Rename = (name: string) => string;

/** A call's attributes by name, and the defaults of those that it leaves out. */
type Arguments = ReadonlyMap<string, AttributeProto>;

function substitute(attribute: AttributeProto, given: Arguments, rename: Rename): AttributeProto[] {
  if (attribute.refAttrName) {
    const value = given.get(attribute.refAttrName);
    return value ? [{ ...value, name: attribute.name ?? '' }] : [];
  }
  return [attribute.g ? { ...attribute, g: renameGraph(attribute.g, given, rename) } : attribute];
}

function renameNode(node: NodeProto, given: Arguments, rename: Rename): NodeProto {
  return {
    ...node,
    input: node.input.map(rename),
    output: node.output.map(rename),
    attribute: node.attribute.flatMap((attribute) => substitute(attribute, given, rename)),
  };
}

/** A graph inside a function: its own names stay, those of the function around it are renamed. */
function renameGraph(graph: GraphProto, given: Arguments, rename: Rename): GraphProto {
  const own = new Set([
    ...graph.initializer.map(({ name }) => name),
    ...graph.input.map(({ name }) => name),
    ...graph.node.flatMap(({ output }) => output),
  ]);
  const outer: Rename = (name) => (own.has(name) ? name : rename(name));
  return {
    ...graph,
    node: graph.node.map((node) => renameNode(node, given, outer)),
    output: graph.output.map((value) => ({ ...value, name: outer(value.name ?? '') })),
  };
}

/** Puts the nodes of a model's own functions in place of the nodes that call them. */
export class FunctionInliner {
  readonly #functions: ReadonlyMap<string, FunctionProto>;
  readonly #imports: readonly OperatorSetIdProto[];
  readonly #limits: Limits;
  #calls = 0;
  #nodes = 0;

  constructor(functions: readonly FunctionProto[], imports: readonly OperatorSetIdProto[], limits: Limits) {
    this.#functions = new Map(
      functions.map((each) => [keyOf(each.domain, each.name, each.overload), each] as const),
    );
    this.#imports = imports;
    this.#limits = limits;
  }

  inline(nodes: readonly NodeProto[], opset: number, depth = 0): VersionedNode[] {
    return nodes.flatMap((proto) => {
      const called = this.#functions.get(keyOf(proto.domain, proto.opType, proto.overload));
      if (called) return this.#call(proto, called, depth + 1);
      if (++this.#nodes > this.#limits.maxNodes) {
        throw modelError('number of nodes', `at most ${this.#limits.maxNodes}`, 'more', 'ERR_LIMIT_EXCEEDED');
      }
      return [{ proto, opset }];
    });
  }

  #call(node: NodeProto, called: FunctionProto, depth: number): VersionedNode[] {
    const what = `function ${JSON.stringify(called.name ?? '')}`;
    if (depth > MAX_DEPTH)
      throw modelError(`calls inside ${what}`, `at most ${MAX_DEPTH}`, 'more', 'ERR_LIMIT_EXCEEDED');
    if (node.input.length > called.input.length || node.output.length > called.output.length) {
      const expected = `at most ${called.input.length} inputs and ${called.output.length} outputs`;
      throw modelError(`a call of ${what}`, expected, [node.input.length, node.output.length]);
    }
    const prefix = `${node.name || node.output.find((name) => name !== '') || called.name}/${this.#calls++}/`;
    const names = new Map<string, string>([['', '']]);
    for (const [i, name] of called.input.entries()) names.set(name, node.input[i] ?? '');
    for (const [i, name] of called.output.entries())
      if (node.output[i] && !called.input.includes(name)) names.set(name, node.output[i]);
    const rename = (name: string) => names.get(name) ?? prefix + name;
    const given = new Map(
      [...called.attributeProto, ...node.attribute].map((attribute) => [attribute.name ?? '', attribute]),
    );
    const body = called.node.map((each, i) => ({
      ...renameNode(each, given, rename),
      name: prefix + (each.name || `${each.opType}${i}`),
    }));
    const passedOn = called.output.flatMap((name, i): NodeProto[] => {
      const isInput = called.input.includes(name) && node.output[i];
      if (!isInput) return [];
      const from = node.input[called.input.indexOf(name)] ?? '';
      return [{ opType: 'Identity', input: [from], output: [node.output[i]!], attribute: [] }];
    });
    const imports = called.opsetImport.length > 0 ? called.opsetImport : this.#imports;
    return this.inline([...body, ...passedOn], opsetVersion(imports, what), depth);
  }
}
