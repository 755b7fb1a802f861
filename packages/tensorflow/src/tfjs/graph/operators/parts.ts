import type { GraphBuilder } from '../builder.ts';

/** Writes nodes whose names begin with that of one node. */
export function partsOf(name: string, builder: GraphBuilder) {
  return {
    node: (what: string, opType: string, inputs: readonly string[], attributes = {}) =>
      builder.node(`${name}/${what}`, opType, inputs, attributes),
    int64s: (what: string, ...values: number[]) => builder.int64s(`${name}/${what}`, values),
    whole: (what: string, value: number) => builder.scalar(`${name}/${what}`, 'int64', value),
  };
}
