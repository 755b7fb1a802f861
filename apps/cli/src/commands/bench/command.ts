import { basename } from 'node:path';
import { algorithm, measureMachine } from '@zeroskip/kernels';
import type { InferenceSession } from '@zeroskip/runner';
import { type Plan, REFERENCE } from '@zeroskip/selector';
import { Command } from 'commander';
import { hashModel } from '../../files.ts';
import { networkInput, readInputs } from '../../input/read.ts';
import { measureLayerBytes } from '../../layers/bytes.ts';
import { type Comparison, compareLayers } from '../../layers/comparison.ts';
import { chosenLayers } from '../../layers/filter.ts';
import { type LayerWork, layerWork } from '../../layers/work.ts';
import { environment } from '../../machine.ts';
import { type ImageOptions, modelArgument, option } from '../../options.ts';
import type { PeerContender } from '../../peers/peer.ts';
import { namedPeers } from '../../peers/peers.ts';
import { openReference } from '../../peers/reference.ts';
import { type HeatMap, heatMap } from '../../report/heat-map.ts';
import { type ReportFiles, writeReports } from '../../report/row-files.ts';
import { openPlan, openSession } from '../../session.ts';
import { type Terminal, withProgress } from '../../terminal.ts';
import { AUTO, BASELINE, type Contender, zeroskipContender, zeroskipName } from '../../trial/contender.ts';
import { type Samples, type TrialProgress, timeContenders, verifyContenders } from '../../trial/trial.ts';
import { offSentences } from '../../trial/verification.ts';
import { benchCommandLine } from './again.ts';
import { claimsOf } from './claims.ts';
import { measureExactness } from './exactness.ts';
import { benchKeys, benchRecord } from './records.ts';
import { layerRows } from './rows.ts';
import { type BenchReport, benchText } from './text.ts';

interface BenchOptions extends ImageOptions, ReportFiles {
  /** Several take turns; the first is the one that layers are shown for. */
  readonly threads: number[];
  readonly inputs: string[];
  readonly plans?: string[];
  readonly algorithms?: string[];
  readonly peers?: string[];
  readonly runs: number;
  /** Seconds. */
  readonly minTime?: number;
  readonly tolerance: number;
  /** The text, or true where it has none. */
  readonly layers?: string | true;
}

interface Entry {
  readonly contender: Contender;
  readonly session: InferenceSession;
  /** The options that ask for this contender. */
  readonly asked: readonly string[];
}

/** The name of a plan among several. */
function planName(path: string, { length }: readonly string[]): string {
  return length === 1 ? 'plan' : `plan ${basename(path, '.json')}`;
}

async function openOne(
  model: string,
  name: string,
  settings: object,
  threads: number,
  terminal: Terminal,
): Promise<Omit<Entry, 'asked'>> {
  const options = { intraOpNumThreads: threads, ...settings };
  const session = await openSession(model, zeroskipName(name), options, terminal);
  return { contender: zeroskipContender(name, threads, session), session };
}

/** im2col, then each algorithm that was named, then the plans; without either, the runner's own choice. */
async function* openOwn(
  model: string,
  sha256: string,
  threads: number,
  { plans = [], algorithms = [], followLinks = false }: BenchOptions,
  terminal: Terminal,
): AsyncGenerator<Entry> {
  const open = async (name: string, settings: object, asked: readonly string[]): Promise<Entry> => ({
    ...(await openOne(model, name, { followLinks, ...settings }, threads, terminal)),
    asked,
  });
  const loaded: Plan[] = [];
  for (const path of plans) loaded.push(await openPlan(path, sha256, threads, terminal));
  for (const id of new Set([BASELINE, ...algorithms])) {
    yield await open(id, { algorithm: id }, ['--algorithms', id]);
  }
  for (const [i, path] of plans.entries()) {
    yield await open(planName(path, plans), { plan: loaded[i] }, ['--plan', path]);
  }
  if (plans.length + algorithms.length === 0) yield await open(AUTO, {}, []);
}

/** The layers that `--layers` names, by every contender. */
async function comparison(
  filter: string | true,
  { session }: Entry,
  own: readonly Samples[],
  [peer]: readonly PeerContender[],
): Promise<Comparison> {
  const runs = await peer?.nodeTimes();
  const all = compareLayers(session.nodes, own, runs && { contender: peer!.name, runs });
  return { ...all, layers: chosenLayers(filter, all.layers) };
}

async function measure(
  model: string,
  options: BenchOptions,
  terminal: Terminal,
  signal: AbortSignal,
  opened: Contender[],
): Promise<{ report: BenchReport; maps: ReadonlyMap<string, HeatMap> }> {
  const { threads: counts, runs, minTime = 0, tolerance, layers, followLinks = false } = options;
  const [threads] = counts as [number, ...number[]];
  const engines = namedPeers(options.peers ?? []);
  for (const id of options.algorithms ?? []) if (id !== AUTO) algorithm(id);
  for (const peer of engines.values()) await peer.assertReads(model);
  const sha256 = await hashModel(model, options);
  const all: Entry[] = [];
  for (const count of counts) {
    for await (const entry of openOwn(model, sha256, count, options, terminal)) {
      all.push(entry);
      opened.push(entry.contender);
    }
  }
  const own = all.filter(({ contender }) => contender.threads === threads);
  const subject = own.at(-Math.max(1, options.plans?.length ?? 0))!;
  if (layers !== undefined) chosenLayers(layers, subject.session.nodes);
  const input = networkInput(subject.session.inputMetadata, options);
  const files = await readInputs(options.inputs, input, options);
  const inputs = files.map(({ tensor }) => tensor);
  const others: PeerContender[] = [];
  for (const count of counts) {
    for (const peer of engines.values()) {
      const profile = layers !== undefined && count === threads;
      const contender = await peer.open(model, { threads: count, profile });
      others.push(contender);
      opened.push(contender);
    }
  }

  const during = <T>(label: string, work: (onProgress: TrialProgress) => Promise<T>) =>
    withProgress(terminal, label, work);
  signal.throwIfAborted();
  const reference = await openReference(model, others);
  const verification = await during('Verifying', (onProgress) =>
    verifyContenders(
      opened,
      reference?.contender ?? opened[0]!,
      inputs,
      subject.session.outputNames,
      tolerance,
      onProgress,
      {
        mayBeOff: reference?.mayBeOff,
        openExact: async () =>
          (await openOne(model, REFERENCE, { algorithm: REFERENCE, followLinks }, threads, terminal))
            .contender,
      },
    ),
  ).finally(reference?.release);
  signal.throwIfAborted();
  const samples = await during('Timing', (onProgress) =>
    timeContenders(opened, inputs, { runs, minTimeMs: 1000 * minTime, signal }, onProgress),
  );
  const interrupted = signal.aborted;
  const samplesOf = ({ contender }: Entry) => samples[opened.indexOf(contender)]!;
  const count = samplesOf(subject).traces[0]!.length;
  const work = new Map<string, LayerWork>();
  const maps = new Map<string, HeatMap>();
  const bytes = await during('Measuring formats', (onProgress) =>
    measureLayerBytes(subject.session, inputs, count, onProgress, (layer, map) => {
      work.set(layer.name, layerWork(layer.spec, layer.inputDims, layer.readInput()));
      if (options.html !== undefined) maps.set(layer.name, heatMap(map));
    }),
  );
  const timed = layerRows(samplesOf(subject), samplesOf(own[0]!), bytes);
  const configs = new Map(
    timed.map(({ name, algorithm: id, parameters }) => [name, { algorithm: id, parameters }]),
  );
  const exactness = await during('Checking layers', (onProgress) =>
    measureExactness(subject.session, inputs[0]!, configs, onProgress),
  );
  const rows = timed.map((row) => ({
    ...row,
    work: work.get(row.name)!,
    ...(exactness.has(row.name) && { exactness: exactness.get(row.name)! }),
  }));
  const roofs =
    options.html === undefined || count === 0
      ? undefined
      : await during('Measuring the machine', (onProgress) =>
          measureMachine({
            threads: [threads],
            onProgress: ({ done, total, what }) => onProgress(done, total, what),
          }),
        );
  const claims = claimsOf(rows);
  const versions = [...engines].map(([name, peer]) => [name, peer.version()] as const);
  const again = benchCommandLine(model, options);
  const report: BenchReport = {
    environment: { ...environment(threads), peers: Object.fromEntries(versions) },
    model: { path: model, sha256 },
    inputs: files.map(({ path }) => path),
    contenders: samples.map(({ name, threads, samplesMs }, i) => ({
      name,
      threads,
      samplesMs,
      command: again(threads, all[i]?.asked ?? ['--peers', name]),
    })),
    subject: subject.contender.name,
    interrupted,
    layers: rows,
    restMs: samplesOf(subject).restMs!,
    ...(claims && { claims }),
    ...(layers === undefined || count === 0
      ? {}
      : { comparison: await comparison(layers, subject, own.map(samplesOf), others) }),
    ...(roofs && { roofs }),
    verification,
  };
  return { report, maps };
}

async function bench(model: string, options: BenchOptions, terminal: Terminal): Promise<void> {
  const opened: Contender[] = [];
  const interruption = terminal.interruption();
  try {
    const { report, maps } = await measure(model, options, terminal, interruption.signal, opened);
    const notes = offSentences(report.verification);
    await writeReports(options, {
      report,
      records: report.layers.map((row) => benchRecord(row, notes.join(' '))),
      shown: benchKeys,
      notes,
      // The plotting library takes a while to load.
      html: async () => (await import('./page.ts')).htmlReport(report, maps),
    });
    terminal.print(benchText(report));
    if (!report.interrupted) return;
    const runs = Math.min(...report.contenders.map(({ samplesMs }) => samplesMs.length));
    terminal.warn(`Interrupted after ${runs} of the runs: the figures are of these.`);
    throw interruption.signal.reason;
  } finally {
    interruption.stop();
    for (const contender of opened) await contender.release();
  }
}

export function benchCommand(terminal: Terminal): Command {
  return new Command('bench')
    .description('time a network per layer and as a whole, against im2col and other engines, on real input')
    .addArgument(modelArgument())
    .addOption(option.followLinks())
    .addOption(option.input())
    .addOption(option.mean())
    .addOption(option.std())
    .addOption(option.size())
    .addOption(option.shape())
    .addOption(option.threadCounts())
    .addOption(option.plans())
    .addOption(option.algorithms(`; ${AUTO} is what a session takes without a plan`))
    .addOption(option.peers())
    .addOption(option.layers("every contender's time of each convolution, the peer's own included"))
    .addOption(option.runs())
    .addOption(option.minTime())
    .addOption(option.tolerance())
    .addOption(option.json())
    .addOption(option.csv())
    .addOption(option.jsonl())
    .addOption(option.markdown())
    .addOption(option.html())
    .addHelpText(
      'after',
      '\nExample:\n  zeroskip bench model.onnx --input photo.jpg --plan plan.json --peers onnxruntime --json bench.json',
    )
    .action((model: string, options: BenchOptions) => bench(model, options, terminal));
}
