import { hashModel } from '@zeroskip/batch';
import type { Sizes } from '@zeroskip/formats';
import type { MachineRates } from '@zeroskip/kernels';
import { REFERENCE } from '@zeroskip/selector';
import type { Tensor } from '@zeroskip/tensor';
import { readInputs } from '../../input/read.ts';
import { measureLayerBytes } from '../../layers/bytes.ts';
import { type Comparison, compareLayers, peerRuns } from '../../layers/comparison.ts';
import { chosenLayers } from '../../layers/filter.ts';
import { type LayerWork, layerWork } from '../../layers/work.ts';
import { environment, machineRates } from '../../machine.ts';
import type { PeerContender } from '../../peers/peer.ts';
import { versionsOf } from '../../peers/peers.ts';
import { openReference } from '../../peers/reference.ts';
import { type HeatMap, heatMap } from '../../report/heat-map.ts';
import { withProgress } from '../../terminal.ts';
import { openContender } from '../../trial/contender.ts';
import { type Samples, timeContenders, verifyContenders } from '../../trial/trial.ts';
import type { Verification } from '../../trial/verification.ts';
import { benchCommandLine } from './again.ts';
import { claimsOf } from './claims.ts';
import { type Bench, checkedPeers, type Entry, openOwn, openPeers } from './contenders.ts';
import { measureExactness } from './exactness.ts';
import type { BenchReport } from './report.ts';
import { type LayerRow, layerRows } from './rows.ts';

/** Compares everyone's outputs with a peer's, or with im2col's without one. */
async function verifyAll(
  bench: Bench,
  { session, contender }: Entry,
  inputs: readonly Tensor[],
  peers: readonly PeerContender[],
): Promise<Verification[]> {
  const { model, options, terminal, opened } = bench;
  const reference = await openReference(model, peers);
  const task = {
    inputs,
    outputNames: session.outputNames,
    tolerance: options.tolerance,
    mayBeOff: reference?.mayBeOff,
    openExact: async () => {
      const one = { ...options, threads: contender.threads };
      return (await openContender(model, REFERENCE, { algorithm: REFERENCE }, one, terminal)).contender;
    },
  };
  return withProgress(terminal, 'Verifying', (onProgress) =>
    verifyContenders(opened, reference?.contender ?? opened[0]!, task, onProgress),
  ).finally(reference?.release);
}

function timeAll(
  { options, terminal, signal, opened }: Bench,
  inputs: readonly Tensor[],
): Promise<Samples[]> {
  const { runs, minTime = 0 } = options;
  return withProgress(terminal, 'Timing', (onProgress) =>
    timeContenders(opened, inputs, { runs, minTimeMs: 1000 * minTime, signal }, onProgress),
  );
}

interface LayerInputs {
  readonly bytes: ReadonlyMap<string, Sizes>;
  readonly work: ReadonlyMap<string, LayerWork>;
  /** With `--html` alone. */
  readonly maps: ReadonlyMap<string, HeatMap>;
}

/** Looks at what each layer reads. */
async function measureInputs(
  { options, terminal }: Bench,
  { session }: Entry,
  inputs: readonly Tensor[],
  layers: number,
): Promise<LayerInputs> {
  const work = new Map<string, LayerWork>();
  const maps = new Map<string, HeatMap>();
  const bytes = await withProgress(terminal, 'Measuring formats', (onProgress) =>
    measureLayerBytes(session, inputs, layers, onProgress, (layer, map) => {
      work.set(layer.name, layerWork(layer.spec, layer.inputDims, layer.readInput()));
      if (options.html !== undefined) maps.set(layer.name, heatMap(map));
    }),
  );
  return { bytes, work, maps };
}

/** Adds to each layer's times what it has to do, and how exact it is. */
async function completeRows(
  { terminal }: Bench,
  { session }: Entry,
  input: Tensor,
  timed: readonly LayerRow[],
  work: LayerInputs['work'],
): Promise<LayerRow[]> {
  const configs = new Map(timed.map(({ name, algorithm, parameters }) => [name, { algorithm, parameters }]));
  const exactness = await withProgress(terminal, 'Checking layers', (onProgress) =>
    measureExactness(session, input, configs, onProgress),
  );
  return timed.map((row) => ({
    ...row,
    work: work.get(row.name)!,
    ...(exactness.has(row.name) && { exactness: exactness.get(row.name)! }),
  }));
}

/** What the machine can do at most, for a page that draws convolutions. */
async function pageRoofs(
  { options, terminal }: Bench,
  threads: number,
  layers: number,
): Promise<MachineRates | undefined> {
  return options.html === undefined || layers === 0 ? undefined : machineRates([threads], terminal);
}

/** The layers that `--layers` names, by every contender. */
async function comparison(
  filter: string | true,
  { session }: Entry,
  own: readonly Samples[],
  [peer]: readonly PeerContender[],
): Promise<Comparison> {
  const all = compareLayers(session.nodes, own, await peerRuns(peer));
  return { ...all, layers: chosenLayers(filter, all.layers) };
}

/** Each contender's samples, with the command that takes them again. */
function contendersOf(
  { model, options }: Bench,
  samples: readonly Samples[],
  entries: readonly Entry[],
): BenchReport['contenders'] {
  const again = benchCommandLine(model, options);
  return samples.map(({ name, threads, samplesMs }, i) => ({
    name,
    threads,
    samplesMs,
    command: again(threads, entries[i]?.asked ?? ['--peers', name]),
  }));
}

export async function measureBench(
  bench: Bench,
): Promise<{ report: BenchReport; maps: ReadonlyMap<string, HeatMap> }> {
  const { model, options, signal, opened } = bench;
  const { layers } = options;
  const [threads] = options.threads as [number, ...number[]];
  const engines = await checkedPeers(bench);
  const sha256 = await hashModel(model, options);
  const entries = await openOwn(bench, sha256);
  const own = entries.filter(({ contender }) => contender.threads === threads);
  const subject = own.at(-Math.max(1, options.plans?.length ?? 0))!;
  if (layers !== undefined) chosenLayers(layers, subject.session.nodes);
  const { paths, inputs } = await readInputs(model, subject.session.inputMetadata, options);
  const peers = await openPeers(bench, engines);

  signal.throwIfAborted();
  const verification = await verifyAll(bench, subject, inputs, peers);
  signal.throwIfAborted();
  const samples = await timeAll(bench, inputs);
  const interrupted = signal.aborted;
  const samplesOf = ({ contender }: Entry) => samples[opened.indexOf(contender)]!;
  const count = samplesOf(subject).traces[0]!.length;
  const { bytes, work, maps } = await measureInputs(bench, subject, inputs, count);
  const timed = layerRows(samplesOf(subject), samplesOf(own[0]!), bytes);
  const rows = await completeRows(bench, subject, inputs[0]!, timed, work);
  const roofs = await pageRoofs(bench, threads, count);
  const claims = claimsOf(rows);
  const report: BenchReport = {
    environment: { ...environment(threads), peers: versionsOf(engines) },
    model: { path: model, sha256 },
    inputs: paths,
    contenders: contendersOf(bench, samples, entries),
    subject: subject.contender.name,
    interrupted,
    layers: rows,
    restMs: samplesOf(subject).restMs!,
    ...(claims && { claims }),
    ...(layers !== undefined &&
      count > 0 && { comparison: await comparison(layers, subject, own.map(samplesOf), peers) }),
    ...(roofs && { roofs }),
    verification,
  };
  return { report, maps };
}
