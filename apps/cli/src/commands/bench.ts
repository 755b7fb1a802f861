import { algorithm } from '@zeroskip/kernels';
import type { InferenceSession } from '@zeroskip/runner';
import type { Tensor } from '@zeroskip/tensor';
import { Command, InvalidArgumentError } from 'commander';
import { BASELINE, type Contender, zeroskipContender, zeroskipName } from '../contender.ts';
import { hashFile, writeWhole } from '../files.ts';
import { onlyInput, readInput } from '../inputs.ts';
import { measureLayerBytes } from '../layer-bytes.ts';
import { layerRows } from '../layer-rows.ts';
import { environment } from '../machine.ts';
import { type CommonOptions, modelArgument, option } from '../options.ts';
import { type Peer, peers } from '../peers/peers.ts';
import { type BenchReport, benchText } from '../report/bench-report.ts';
import { openPlan, openSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { type TrialProgress, timeContenders, verifyContenders } from '../trial.ts';

interface BenchOptions extends CommonOptions {
  readonly inputs: string[];
  readonly plan?: string;
  readonly algorithms?: string[];
  readonly peers?: string[];
  readonly runs: number;
  readonly tolerance: number;
  readonly json?: string;
}

function namedPeers(names: readonly string[]): Map<string, Peer> {
  return new Map(
    names.map((name) => {
      if (!Object.hasOwn(peers, name)) {
        throw new InvalidArgumentError(
          `Expected one of ${Object.keys(peers).join(', ')} for --peers, received "${name}".`,
        );
      }
      return [name, peers[name]!];
    }),
  );
}

interface Entry {
  readonly contender: Contender;
  readonly session: InferenceSession;
}

/** im2col, then each algorithm that was named, then the plan; without either, the runner's own choice. */
async function openOwn(
  model: string,
  sha256: string,
  options: BenchOptions,
  terminal: Terminal,
): Promise<Entry[]> {
  const { threads, plan, algorithms = [] } = options;
  const open = async (name: string, settings: object): Promise<Entry> => {
    const session = await openSession(
      model,
      zeroskipName(name),
      { intraOpNumThreads: threads, ...settings },
      terminal,
    );
    return { contender: zeroskipContender(name, threads, session), session };
  };
  const loaded = plan === undefined ? undefined : await openPlan(plan, sha256, threads, terminal);
  const entries: Entry[] = [];
  for (const id of new Set([BASELINE, ...algorithms])) entries.push(await open(id, { algorithm: id }));
  if (loaded !== undefined) entries.push(await open('plan', { plan: loaded }));
  else if (algorithms.length === 0) entries.push(await open('auto', {}));
  return entries;
}

async function bench(model: string, options: BenchOptions, terminal: Terminal): Promise<void> {
  const { threads, runs, tolerance } = options;
  const engines = namedPeers(options.peers ?? []);
  for (const id of options.algorithms ?? []) algorithm(id);
  for (const peer of engines.values()) await peer.assertReads(model);
  const sha256 = await hashFile('the model', model);
  const own = await openOwn(model, sha256, options, terminal);
  const subject = own.at(-1)!;
  const input = onlyInput(subject.session.inputMetadata);
  const inputs: Tensor[] = [];
  for (const path of options.inputs) inputs.push((await readInput(path, input, options)).tensor);
  const others: Contender[] = [];
  for (const peer of engines.values()) others.push(await peer.open(model, threads));
  const contenders = [...own.map(({ contender }) => contender), ...others];

  const during = async <T>(label: string, work: (onProgress: TrialProgress) => Promise<T>): Promise<T> => {
    const progress = terminal.progress(label);
    return work(progress.update).finally(progress.stop);
  };
  const verification = await during('Verifying', (onProgress) =>
    verifyContenders(
      contenders,
      others[0] ?? contenders[0]!,
      inputs,
      subject.session.outputNames,
      tolerance,
      onProgress,
    ),
  );
  const samples = await during('Timing', (onProgress) =>
    timeContenders(contenders, inputs, runs, onProgress),
  );
  const samplesOf = ({ contender }: Entry) => samples[contenders.indexOf(contender)]!;
  const layers = samplesOf(subject).traces[0]!.length;
  const bytes = await during('Measuring formats', (onProgress) =>
    measureLayerBytes(subject.session, inputs, layers, onProgress),
  );
  for (const contender of contenders) await contender.release();

  const versions = [...engines].map(([name, peer]) => [name, peer.version()] as const);
  const report: BenchReport = {
    environment: { ...environment(threads), peers: Object.fromEntries(versions) },
    model: { path: model, sha256 },
    inputs: options.inputs,
    contenders: samples.map(({ name, threads, samplesMs }) => ({ name, threads, samplesMs })),
    subject: subject.contender.name,
    layers: layerRows(samplesOf(subject), samplesOf(own[0]!), bytes),
    verification,
  };
  if (options.json !== undefined)
    await writeWhole('--json', options.json, `${JSON.stringify(report, null, 2)}\n`);
  terminal.print(benchText(report, samples));
}

export function benchCommand(terminal: Terminal): Command {
  return new Command('bench')
    .description('time a network per layer and as a whole, against im2col and other engines, on real input')
    .addArgument(modelArgument())
    .addOption(option.input())
    .addOption(option.mean())
    .addOption(option.std())
    .addOption(option.threads())
    .addOption(option.plan())
    .addOption(option.algorithms())
    .addOption(option.peers())
    .addOption(option.runs())
    .addOption(option.tolerance())
    .addOption(option.json())
    .addHelpText(
      'after',
      '\nExample:\n  zeroskip bench model.onnx --input photo.jpg --plan plan.json --peers onnxruntime --json bench.json',
    )
    .action((model: string, options: BenchOptions) => bench(model, options, terminal));
}
