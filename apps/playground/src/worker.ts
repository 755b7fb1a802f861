/** Runs networks, off the page. */
import {
  type Candidate,
  type ConvolutionTrace,
  exportOnnx,
  type Feeds,
  InferenceSession,
  isConvolutionTrace,
  type LayerTrace,
  Tensor,
  type Value,
} from '@zeroskip/runner';
import { dimsOf, type ImageInput, imageInput, type Size } from './image/input.ts';
import type { NormalisationId } from './image/normalisation.ts';
import { type Output, type Summary, summaryOf, type View, viewOf } from './image/output.ts';
import { pixelsOf } from './image/pixels.ts';
import { valuesOf } from './image/values.ts';
import { numbersOf, type PlainTensor } from './numbers.ts';
import { answer, type Context } from './requests.ts';
import { threads } from './threads.ts';
import { type ZeroMap, zeroMap } from './zero-map.ts';

/** An address, or files that people chose: the model, and those that it refers to. */
export type ModelSource = string | { readonly model: File; readonly beside: readonly File[] };

export interface ModelInfo {
  readonly input: ImageInput | { readonly reason: string };
  readonly operators: number;
}

export interface RunTask {
  readonly photo: Blob;
  readonly size: Size;
  readonly normalisation: NormalisationId;
  /** Name of the output to show; the first that can be where there is none of that name. */
  readonly output: string | undefined;
}

export interface RunResult {
  readonly ms: number;
  /** Whether the time includes compiling the network for a size that it had not run at. */
  readonly isFirst: boolean;
  readonly view: View | undefined;
  /** Name of the output that the view is of. */
  readonly viewed: string | undefined;
  readonly summaries: readonly Summary[];
}

export interface Layer {
  readonly trace: LayerTrace | ConvolutionTrace;
  /** Of convolutions. */
  readonly map?: ZeroMap;
  readonly candidates?: readonly Candidate[];
}

/** What another engine needs to run the same. */
export interface PeerTask {
  /** Of the model as ONNX; undefined where its files are ONNX. */
  readonly onnx: Uint8Array | undefined;
  readonly feeds: Readonly<Record<string, PlainTensor>>;
  readonly results: Readonly<Record<string, PlainTensor>>;
}

let session: InferenceSession | undefined;
let source: ModelSource | undefined;
let input: ModelInfo['input'] | undefined;
let last: { readonly feeds: Feeds; readonly results: Readonly<Record<string, Value>> } | undefined;
/** Dims that the session has run at. */
const known = new Set<string>();

async function release(): Promise<void> {
  const before = session;
  session = source = input = last = undefined;
  known.clear();
  await before?.release();
}

const isJson = (from: ModelSource) => (typeof from === 'string' ? from : from.model.name).endsWith('.json');

async function opened(from: ModelSource) {
  if (typeof from === 'string') return { model: from, externalData: [] };
  const externalData = await Promise.all(
    from.beside.map(async (file) => ({ path: file.name, data: await file.arrayBuffer() })),
  );
  return { model: await from.model.arrayBuffer(), externalData };
}

async function load(from: ModelSource, { progress }: Context): Promise<ModelInfo> {
  await release();
  const { model, externalData } = await opened(from);
  const options = { externalData, intraOpNumThreads: threads, onProgress: progress };
  session = await InferenceSession.create(model, options).catch((error: Error & { code?: string }) => {
    const isMissing = error.code === 'ERR_FILE' && typeof from !== 'string';
    if (isMissing) error.message += ' Choose that file together with the model.';
    throw error;
  });
  source = from;
  input = imageInput(session.inputMetadata);
  return { input, operators: session.nodes.length };
}

/** The session and what it ran last; the page asks for nothing else before. */
function ran() {
  if (!session || !last) throw new Error('Expected a run before this.');
  return { session, ...last };
}

const isTensor = (value: Value): value is Tensor => value instanceof Tensor;

function outputOf([name, value]: [string, Value]): Output[] {
  if (!isTensor(value)) return [];
  const { type, dims } = value;
  return [{ name, type, dims, values: numbersOf(value) }];
}

async function run(
  { photo, size, normalisation, output }: RunTask,
  { signal, progress }: Context,
): Promise<RunResult> {
  if (!session || !input || 'reason' in input) throw new Error('Expected a network that takes an image.');
  const values = valuesOf(await pixelsOf(photo, size), input, normalisation);
  const dims = dimsOf(input, size);
  const { type } = input;
  const tensor = new Tensor(type, type === 'float32' ? values : Array.from(values, (each) => each), dims);
  const feeds = { [input.name]: tensor };
  progress({ stage: 'run', done: 0, total: 0 });
  const start = performance.now();
  const results = await session.run<Value>(feeds, { signal });
  const ms = performance.now() - start;
  last = { feeds, results };
  const isOpen = session.inputMetadata[0]!.shape.some((dim) => typeof dim !== 'number');
  const isFirst = isOpen && !known.has(dims.join());
  known.add(dims.join());
  const outputs = Object.entries(results).flatMap(outputOf);
  const summaries = outputs.map(summaryOf);
  const views = outputs.flatMap((each, i) => {
    const view = viewOf(each, summaries[i]!, size);
    return view ? [{ view, viewed: each.name }] : [];
  });
  const shown = views.find(({ viewed }) => viewed === output) ?? views[0];
  return { ms, isFirst, view: shown?.view, viewed: shown?.viewed, summaries };
}

/** Lets messages in, of which one may cancel. */
const breath = () => new Promise((resolve) => setTimeout(resolve));

async function layers(_: undefined, { signal, progress }: Context): Promise<Layer[]> {
  const { session, feeds } = ran();
  let traces: LayerTrace[] = [];
  await session.run(feeds, { signal, trace: (all) => (traces = all) });
  const total = traces.filter(isConvolutionTrace).length;
  const probed = new Map<string, Omit<Layer, 'trace'>>();
  await session.probe(feeds, async (layer) => {
    await breath();
    signal.throwIfAborted();
    if (probed.has(layer.name)) return;
    const map = zeroMap(layer.readInput(), layer.inputDims);
    probed.set(layer.name, { map, candidates: layer.candidates() });
    progress({ stage: 'probe', done: probed.size, total });
  });
  return traces.map((trace) => ({ trace, ...(isConvolutionTrace(trace) && probed.get(trace.name)) }));
}

const plain = (tensors: Readonly<Record<string, Value>>) =>
  Object.fromEntries(
    Object.entries(tensors).flatMap(([name, value]) => {
      if (!isTensor(value)) return [];
      const { type, dims, data } = value;
      return [[name, { type, dims, data }]];
    }),
  );

async function exported(from: ModelSource): Promise<Uint8Array> {
  const { model, externalData } = await opened(from);
  return exportOnnx(model, { externalData });
}

async function peerTask(): Promise<PeerTask> {
  const { feeds, results } = ran();
  const onnx = isJson(source!) ? await exported(source!) : undefined;
  return { onnx, feeds: plain(feeds), results: plain(results) };
}

/** @returns milliseconds of a run, the mean of `runs` */
async function time(runs: number, { signal }: Context): Promise<number> {
  const { session, feeds } = ran();
  const start = performance.now();
  for (let i = 0; i < runs; i++) await session.run(feeds, { signal });
  return (performance.now() - start) / runs;
}

const handlers = { load, release, run, layers, peerTask, time };
export type Engine = typeof handlers;

answer(handlers);
