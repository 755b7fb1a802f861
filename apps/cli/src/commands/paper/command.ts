import { algorithms, nominalRates } from '@zeroskip/kernels';
import { descriptorEstimate, type Plan, select } from '@zeroskip/selector';
import type { Tensor } from '@zeroskip/tensor';
import { Command } from 'commander';
import { hashModel, writeWhole } from '../../files.ts';
import { networkInput, readInputs } from '../../input/read.ts';
import { measureLayerBytes } from '../../layers/bytes.ts';
import { compareLayers } from '../../layers/comparison.ts';
import { environment, thisMachine } from '../../machine.ts';
import { type CommonOptions, modelArgument, option } from '../../options.ts';
import { version } from '../../package.ts';
import { openPlan, openSession } from '../../session.ts';
import { type Terminal, withProgress } from '../../terminal.ts';
import { calibrationInput } from '../../trial/calibration.ts';
import { BASELINE, type Contender, zeroskipContender, zeroskipName } from '../../trial/contender.ts';
import { type TrialProgress, timeContenders, verifyContenders } from '../../trial/trial.ts';
import { PAPER_ALGORITHMS, paperClaims, paperLayers } from './claims.ts';
import { easyProtocol } from './easy.ts';
import { type PaperReport, paperMarkdown, paperText } from './text.ts';

interface PaperOptions extends CommonOptions {
  readonly inputs: string[];
  readonly plan?: string;
  readonly budget: number;
  readonly runs: number;
  readonly tolerance: number;
  readonly json?: string;
  readonly markdown?: string;
}

const PLAN = 'plan';
/** The small layers of the easy protocol take microseconds. */
const EASY_RUNS = 200;

async function paper(model: string, options: PaperOptions, terminal: Terminal): Promise<void> {
  const { threads, runs, tolerance, budget } = options;
  const sha256 = await hashModel(model, options);
  const opened: Contender[] = [];
  const during = <T>(label: string, work: (onProgress: TrialProgress) => Promise<T>) =>
    withProgress(terminal, label, work);
  const open = async (name: string, settings: object) => {
    const session = await openSession(
      model,
      zeroskipName(name),
      { intraOpNumThreads: threads, followLinks: options.followLinks ?? false, ...settings },
      terminal,
    );
    opened.push(zeroskipContender(name, threads, session));
    return session;
  };
  const planFor = (first: Awaited<ReturnType<typeof open>>, inputs: readonly Tensor[]): Promise<Plan> =>
    options.plan !== undefined
      ? openPlan(options.plan, sha256, threads, terminal)
      : during('Selecting', (onProgress) =>
          select({
            inputs: inputs.map((tensor) => calibrationInput(first, tensor)),
            algorithms: algorithms(),
            model: { sha256 },
            machine: thisMachine(threads),
            library: version,
            estimate: descriptorEstimate(nominalRates()),
            budgetMs: budget * 1000,
            onProgress: ({ done, total, layer }) => onProgress(done, total, layer),
          }),
        );
  try {
    const first = await open(BASELINE, { algorithm: BASELINE });
    const files = await readInputs(options.inputs, networkInput(first.inputMetadata, options), options);
    const inputs = files.map(({ tensor }) => tensor);
    for (const id of PAPER_ALGORITHMS) if (id !== BASELINE) await open(id, { algorithm: id });
    await open(PLAN, { plan: await planFor(first, inputs) });
    await during('Verifying', (onProgress) =>
      verifyContenders(opened, opened[0]!, inputs, first.outputNames, tolerance, onProgress),
    );
    const samples = await during('Timing', (onProgress) =>
      timeContenders(opened, inputs, { runs }, onProgress),
    );
    const { layers: compared } = compareLayers(first.nodes, samples);
    const bytes = await during('Measuring formats', (onProgress) =>
      measureLayerBytes(first, inputs, compared.length, onProgress),
    );
    const layers = paperLayers(compared, zeroskipName(PLAN), bytes);
    const report: PaperReport = {
      environment: environment(threads),
      model: { path: model, sha256 },
      inputs: files.map(({ path }) => path),
      claims: paperClaims(layers, samples[0]!, samples.at(-1)!),
      contenders: samples.map(({ name, samplesMs }) => ({ name, samplesMs })),
      layers,
      easy: await during('Timing small layers', (onProgress) => easyProtocol(EASY_RUNS, onProgress)),
    };
    if (options.json !== undefined) {
      await writeWhole('--json', options.json, `${JSON.stringify(report, null, 2)}\n`);
    }
    if (options.markdown !== undefined) {
      await writeWhole('--markdown', options.markdown, paperMarkdown(report));
    }
    terminal.print(paperText(report));
  } finally {
    for (const contender of opened) await contender.release();
  }
}

export function paperCommand(terminal: Terminal): Command {
  return new Command('paper')
    .description(
      'measure what the paper on CPO and CPS (arXiv 2104.08314) claims, on a network and real input',
    )
    .addArgument(modelArgument())
    .addOption(option.followLinks())
    .addOption(option.input())
    .addOption(option.mean())
    .addOption(option.std())
    .addOption(option.size())
    .addOption(option.shape())
    .addOption(option.threads())
    .addOption(option.plan())
    .addOption(option.budget())
    .addOption(option.runs())
    .addOption(option.tolerance())
    .addOption(option.json())
    .addOption(option.markdown('the claims'))
    .addHelpText(
      'after',
      '\nExample:\n  zeroskip paper model.onnx --inputs a.jpg b.jpg --threads 1 --json paper.json',
    )
    .action((model: string, options: PaperOptions) => paper(model, options, terminal));
}
