import { sizeOf, type Tensor } from '@zeroskip/tensor';
import { InferenceSession, type SessionOptions } from '../../src/index.ts';
import type { Json } from './layers-model.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
export const s = (text: string) => ({ s: base64(text) });
export const i = (value: number) => ({ i: String(value) });
export const b = (value: boolean) => ({ b: value });
export const type = (name: string) => ({ type: name });
export const listI = (...values: readonly number[]) => ({ list: { i: values.map(String) } });
export const listS = (...values: readonly string[]) => ({ list: { s: values.map(base64) } });

export function placeholder(name: string, dims: readonly number[], dtype = 'DT_FLOAT'): Json {
  const dim = dims.map((size) => ({ size: String(size) }));
  return { name, op: 'Placeholder', attr: { dtype: type(dtype), shape: { shape: { dim } } } };
}

export function op(name: string, opType: string, input: readonly string[], attr: Json = {}): Json {
  return { name, op: opType, input, attr };
}

export interface GraphWeight {
  readonly shape: readonly number[];
  /** 1, 2, 3, … where absent. */
  readonly values?: readonly number[];
  /** Of strings. */
  readonly texts?: readonly string[];
  readonly dtype?: 'float32' | 'int32' | 'bool' | 'string';
}

export const texts = (...all: readonly string[]): GraphWeight => ({
  shape: [all.length],
  texts: all,
  dtype: 'string',
});

export const vector = (...values: readonly number[]): GraphWeight => ({
  shape: [values.length],
  values,
  dtype: 'int32',
});

export const scalar = (value: number, dtype: 'float32' | 'int32' = 'int32'): GraphWeight => ({
  shape: [],
  values: [value],
  dtype,
});

export interface GraphParts {
  readonly nodes: readonly Json[];
  readonly weights?: Readonly<Record<string, GraphWeight>>;
  readonly signature?: Json;
  readonly functions?: readonly Json[];
  /** Nodes that fill tables. */
  readonly initializer?: readonly Json[];
}

/** Each string behind its length. */
function textBytes(all: readonly string[]): Uint8Array {
  return Buffer.concat(
    all.flatMap((text) => {
      const bytes = Buffer.from(text);
      return [Buffer.from(Uint32Array.of(bytes.length).buffer), bytes];
    }),
  );
}

function bytesOf({ shape, values, texts: strings, dtype = 'float32' }: GraphWeight): Uint8Array {
  if (strings) return textBytes(strings);
  const all = Array.from({ length: sizeOf(shape) }, (_, at) => values?.[at] ?? at + 1);
  if (dtype === 'bool') return Uint8Array.from(all);
  const typed = dtype === 'int32' ? Int32Array.from(all) : Float32Array.from(all);
  return new Uint8Array(typed.buffer);
}

const TYPES = { float32: 'DT_FLOAT', int32: 'DT_INT32', bool: 'DT_BOOL', string: 'DT_STRING' } as const;

/** A graph model as its model.json and the bytes of its one weight file. */
export function graphModel({ nodes, weights = {}, signature, functions = [], initializer }: GraphParts) {
  const entries = Object.entries(weights);
  const consts = entries.map(([name, { dtype = 'float32' }]) => ({
    name,
    op: 'Const',
    attr: { dtype: type(TYPES[dtype]) },
  }));
  const manifest = entries.map(([name, { shape, dtype = 'float32' }]) => ({ name, shape, dtype }));
  return {
    json: {
      format: 'graph-model',
      modelTopology: { node: [...consts, ...nodes], library: { function: functions }, versions: {} },
      weightsManifest: [{ paths: ['weights.bin'], weights: manifest }],
      ...(signature && { signature }),
      ...(initializer && { modelInitializer: { node: [...consts, ...initializer] } }),
    } as Json,
    weights: Buffer.concat(entries.map(([, weight]) => bytesOf(weight))),
  };
}

export function loadGraph(parts: GraphParts, options: SessionOptions = {}): Promise<InferenceSession> {
  const { json, weights } = graphModel(parts);
  const externalData = [{ path: 'weights.bin', data: weights }];
  return InferenceSession.create(Buffer.from(JSON.stringify(json)), { externalData, ...options });
}

/** The first output of a graph, for its inputs by name. */
export async function runGraph(parts: GraphParts, feeds: Readonly<Record<string, Tensor>>): Promise<Tensor> {
  await using session = await loadGraph(parts);
  const results = await session.run(feeds);
  return results[session.outputNames[0]!]!;
}
