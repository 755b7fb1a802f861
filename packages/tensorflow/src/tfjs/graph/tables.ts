import { int } from '@zeroskip/onnx';
import type { GraphBuilder } from './builder.ts';
import { Code, dataInputs, type Reference } from './code.ts';
import type { TfNode } from './node.ts';
import { outputNames } from './operators/index.ts';
import { partsOf } from './operators/parts.ts';
import { asParts, asStrings, together } from './operators/strings/bytes.ts';
import { stringsOf } from './operators/strings/index.ts';
import type { GraphModel, NodeEntry } from './schema.ts';
import type { Scope } from './scope.ts';
import type { TensorValue } from './value.ts';

const TABLES: ReadonlySet<string> = new Set(['HashTable', 'HashTableV2']);
const LOOKUPS: ReadonlySet<string> = new Set(['LookupTableFind', 'LookupTableFindV2']);
const SIZES: ReadonlySet<string> = new Set(['LookupTableSize', 'LookupTableSizeV2']);
const IMPORTS: ReadonlySet<string> = new Set([
  'InitializeTable',
  'InitializeTableV2',
  'LookupTableImport',
  'LookupTableImportV2',
]);

type Weight = (entry: NodeEntry) => TensorValue;

/** Reads tables that the model fills from weights, before it runs or in its graph. */
export class TableNodes {
  /** What fills each table. */
  readonly #imports = new Map<string, { readonly code: Code; readonly entry: NodeEntry }>();
  readonly #weight: Weight;

  constructor({ nodes, initializer }: Pick<GraphModel, 'nodes' | 'initializer'>, weight: Weight) {
    for (const entries of [initializer, nodes]) {
      const code = new Code(entries, [], outputNames);
      for (const entry of entries.filter(({ op }) => IMPORTS.has(op))) {
        const [table] = dataInputs(entry);
        if (table) this.#imports.set(code.resolved(table).node, { code, entry });
      }
    }
    this.#weight = weight;
  }

  has(op: string): boolean {
    return TABLES.has(op) || LOOKUPS.has(op) || SIZES.has(op);
  }

  /** What must be written before the node is: all but the table. */
  inputs(entry: NodeEntry): readonly Reference[] {
    return dataInputs(entry).slice(1);
  }

  write(node: TfNode, entry: NodeEntry, scope: Scope): readonly TensorValue[] {
    const [table, ...others] = dataInputs(entry);
    if (table === undefined || TABLES.has(entry.op))
      throw node.unsupported('what reads a table', 'a lookup', 'others');
    const { keys, values } = this.#filled(node, scope.code.resolved(table).node);
    const { builder } = scope;
    if (SIZES.has(entry.op)) {
      const size = builder.node(`${node.name}/size`, 'Size', [keys.name]);
      return [builder.plain(builder.cast(node.name, size, 'int32'), 0)];
    }
    if (others.length !== 2) throw node.error('number of inputs', '3', others.length + 1);
    const [wanted, absent] = others.map((reference) => scope.value(reference)) as [TensorValue, TensorValue];
    return [found(node, { keys, values, wanted, absent }, builder)];
  }

  /** Keys and values of a table. */
  #filled(node: TfNode, table: string): { keys: TensorValue; values: TensorValue } {
    const filled = this.#imports.get(table);
    if (filled === undefined) throw node.error(`table ${table}`, 'one that the model fills', 'none');
    const { code, entry } = filled;
    const [keys, values] = dataInputs(entry)
      .slice(1)
      .map((reference) => code.nodes.get(code.resolved(reference).node));
    if (keys?.op !== 'Const' || values?.op !== 'Const') {
      throw node.unsupported(`what fills table ${table}`, 'weights', 'computed values');
    }
    return { keys: this.#weight(keys), values: this.#weight(values) };
  }
}

interface Lookup {
  readonly keys: TensorValue;
  readonly values: TensorValue;
  readonly wanted: TensorValue;
  readonly absent: TensorValue;
}

/** The place of each key, -1 for those that the table does not have. */
function placesOf(target: TfNode, { keys, wanted }: Lookup, builder: GraphBuilder): string {
  const { node, whole, int64s } = partsOf(target.name, builder);
  if (keys.bytes !== undefined || wanted.bytes !== undefined) {
    const { bytes, parts } = stringsOf(target, [wanted, keys], builder);
    return builder.emitter.own(`${target.name}/places`, 'StringIndex', [bytes, ...parts], 1)[0]!;
  }
  const last = int64s('last', -1);
  const column = node('column', 'Unsqueeze', [builder.modelOrder(wanted).name, last]);
  const isEqual = node('isEqual', 'Equal', [column, builder.reshape(`${target.name}/keys`, keys.name, [-1])]);
  const matches = builder.cast(`${target.name}/matches`, isEqual, 'int32');
  const count = node('count', 'ReduceSum', [matches, last], { keepdims: int(0) });
  const place = node('place', 'ArgMax', [matches], { axis: int(-1), keepdims: int(0) });
  const isAbsent = node('isAbsent', 'Equal', [count, builder.scalar(`${target.name}/none`, 'int32', 0)]);
  return node('places', 'Where', [isAbsent, whole('absent', -1), place]);
}

/** The default stands behind all values, where index -1 finds it. */
function found(node: TfNode, lookup: Lookup, builder: GraphBuilder): TensorValue {
  const { values, bytes } = together([lookup.values, lookup.absent], builder);
  const vectors = values.map((value) => builder.reshape(`${node.name}/values`, asParts(value).name, [-1]));
  const all = builder.node(`${node.name}/all`, 'Concat', vectors, { axis: int(0) });
  const name = builder.node(node.name, 'Gather', [all, placesOf(node, lookup, builder)]);
  const value = builder.plain(name, lookup.wanted.rank);
  return bytes === undefined ? value : asStrings(value, bytes);
}
