import { basename } from 'node:path';
import { algorithm } from '@zeroskip/kernels';
import type { InferenceSession } from '@zeroskip/runner';
import type { Plan } from '@zeroskip/selector';
import { Command } from 'commander';
import { claimsOf } from '../claims.ts';
import { BASELINE, type Contender, zeroskipContender, zeroskipName } from '../contender.ts';
import { hashFile, writeWhole } from '../files.ts';
import { onlyInput, readInputs } from '../inputs.ts';
import { measureLayerBytes } from '../layer-bytes.ts';
import { type Comparison, compareLayers } from '../layer-comparison.ts';
import { layerRows } from '../layer-rows.ts';
import { environment } from '../machine.ts';
import { chosenLayers } from '../name-filter.ts';
import { type CommonOptions, modelArgument, option } from '../options.ts';
import { namedPeers, type PeerContender } from '../peers/peers.ts';
import { type BenchReport, benchText } from '../report/bench-report.ts';
import { csvText, jsonlText, markdownText } from '../report/row-files.ts';
import { openPlan, openSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { type Samples, type TrialProgress, timeContenders, verifyContenders } from '../trial.ts';

interface BenchOptions extends CommonOptions {
  readonly inputs: string[];
  readonly plans?: string[];
  readonly algorithms?: string[];
  readonly peers?: string[];
  readonly runs: number;
  readonly tolerance: number;
  /** The text, or true where it has none. */
  readonly layers?: string | true;
  readonly json?: string;
  readonly csv?: string;
  readonly jsonl?: string;
  readonly markdown?: string;
  readonly html?: string;
}

/** Writes the files that were asked for. */
async function writeFiles(report: BenchReport, options: BenchOptions): Promise<void> {
  const forms = {
    json: () => `${JSON.stringify(report, null, 2)}\n`,
    csv: () => csvText(report.layers),
    jsonl: () => jsonlText(report.layers),
    markdown: () => markdownText(report.layers),
    // The plotting library takes a while to load.
    html: async () => (await import('../report/html-report.ts')).htmlReport(report),
  };
  for (const [name, text] of Object.entries(forms)) {
    const path = options[name as keyof typeof forms];
    if (path !== undefined) await writeWhole(`--${name}`, path, await text());
  }
}

interface Entry {
  readonly contender: Contender;
  readonly session: InferenceSession;
}

/** The name of a plan among several. */
function planName(path: string, { length }: readonly string[]): string {
  return length === 1 ? 'plan' : `plan ${basename(path, '.json')}`;
}

/** im2col, then each algorithm that was named, then the plans; without either, the runner's own choice. */
async function* openOwn(
  model: string,
  sha256: string,
  options: BenchOptions,
  terminal: Terminal,
): AsyncGenerator<Entry> {
  const { threads, plans = [], algorithms = [] } = options;
  const open = async (name: string, settings: object): Promise<Entry> => {
    const session = await openSession(
      model,
      zeroskipName(name),
      { intraOpNumThreads: threads, ...settings },
      terminal,
    );
    return { contender: zeroskipContender(name, threads, session), session };
  };
  const loaded: Plan[] = [];
  for (const path of plans) loaded.push(await openPlan(path, sha256, threads, terminal));
  for (const id of new Set([BASELINE, ...algorithms])) yield await open(id, { algorithm: id });
  for (const [i, path] of plans.entries()) yield await open(planName(path, plans), { plan: loaded[i] });
  if (plans.length + algorithms.length === 0) yield await open('auto', {});
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
  opened: Contender[],
): Promise<{ report: BenchReport; samples: Samples[] }> {
  const { threads, runs, tolerance, layers } = options;
  const engines = namedPeers(options.peers ?? []);
  for (const id of options.algorithms ?? []) algorithm(id);
  for (const peer of engines.values()) await peer.assertReads(model);
  const sha256 = await hashFile('the model', model);
  const own: Entry[] = [];
  for await (const entry of openOwn(model, sha256, options, terminal)) {
    own.push(entry);
    opened.push(entry.contender);
  }
  const subject = own.at(-Math.max(1, options.plans?.length ?? 0))!;
  if (layers !== undefined) chosenLayers(layers, subject.session.nodes);
  const input = onlyInput(subject.session.inputMetadata);
  const files = await readInputs(options.inputs, input, options);
  const inputs = files.map(({ tensor }) => tensor);
  const others: PeerContender[] = [];
  for (const peer of engines.values()) {
    const contender = await peer.open(model, { threads, profile: layers !== undefined });
    others.push(contender);
    opened.push(contender);
  }

  const during = async <T>(label: string, work: (onProgress: TrialProgress) => Promise<T>): Promise<T> => {
    const progress = terminal.progress(label);
    return work(progress.update).finally(progress.stop);
  };
  const verification = await during('Verifying', (onProgress) =>
    verifyContenders(
      opened,
      others[0] ?? opened[0]!,
      inputs,
      subject.session.outputNames,
      tolerance,
      onProgress,
    ),
  );
  const samples = await during('Timing', (onProgress) => timeContenders(opened, inputs, runs, onProgress));
  const samplesOf = ({ contender }: Entry) => samples[opened.indexOf(contender)]!;
  const count = samplesOf(subject).traces[0]!.length;
  const bytes = await during('Measuring formats', (onProgress) =>
    measureLayerBytes(subject.session, inputs, count, onProgress),
  );
  const rows = layerRows(samplesOf(subject), samplesOf(own[0]!), bytes);
  const claims = claimsOf(rows);
  const versions = [...engines].map(([name, peer]) => [name, peer.version()] as const);
  const report: BenchReport = {
    environment: { ...environment(threads), peers: Object.fromEntries(versions) },
    model: { path: model, sha256 },
    inputs: files.map(({ path }) => path),
    contenders: samples.map(({ name, threads, samplesMs }) => ({ name, threads, samplesMs })),
    subject: subject.contender.name,
    layers: rows,
    restMs: samplesOf(subject).restMs!,
    ...(claims && { claims }),
    ...(layers === undefined || count === 0
      ? {}
      : { comparison: await comparison(layers, subject, own.map(samplesOf), others) }),
    verification,
  };
  return { report, samples };
}

async function bench(model: string, options: BenchOptions, terminal: Terminal): Promise<void> {
  const opened: Contender[] = [];
  try {
    const { report, samples } = await measure(model, options, terminal, opened);
    await writeFiles(report, options);
    terminal.print(benchText(report, samples));
  } finally {
    for (const contender of opened) await contender.release();
  }
}

export function benchCommand(terminal: Terminal): Command {
  return new Command('bench')
    .description('time a network per layer and as a whole, against im2col and other engines, on real input')
    .addArgument(modelArgument())
    .addOption(option.input())
    .addOption(option.mean())
    .addOption(option.std())
    .addOption(option.threads())
    .addOption(option.plans())
    .addOption(option.algorithms())
    .addOption(option.peers())
    .addOption(option.layers("every contender's time of each convolution, the peer's own included"))
    .addOption(option.runs())
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
