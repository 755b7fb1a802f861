import { algorithms } from '@zeroskip/kernels';
import { type ConvolutionTrace, type InferenceSession, isConvolutionTrace } from '@zeroskip/runner';
import { type CalibrationInput, type Plan, select, writePlan } from '@zeroskip/selector';
import type { Tensor } from '@zeroskip/tensor';
import { Command, Option } from 'commander';
import { hashFile, writeWhole } from '../files.ts';
import { onlyInput, readInput } from '../inputs.ts';
import { thisMachine } from '../machine.ts';
import { type CommonOptions, modelArgument, option } from '../options.ts';
import { planText } from '../report/plan-text.ts';
import { openSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { version } from '../version.ts';

interface SelectOptions extends CommonOptions {
  readonly inputs: string[];
  readonly output: string;
  readonly budget: number;
}

/** A network on one input, as the selector measures it. */
export function calibrationInput(session: InferenceSession, tensor: Tensor): CalibrationInput {
  const feeds = { [session.inputNames[0]!]: tensor };
  return {
    async profile() {
      let layers: ConvolutionTrace[] = [];
      await session.run(feeds, {
        trace: (all) => {
          layers = all.filter(isConvolutionTrace);
        },
      });
      return layers;
    },
    async visit(visit) {
      await session.probe(feeds, visit);
    },
  };
}

async function makePlan(model: string, options: SelectOptions, terminal: Terminal): Promise<Plan> {
  const { threads, budget, inputs } = options;
  const sha256 = await hashFile('the model', model);
  const session = await openSession(model, 'the model', { intraOpNumThreads: threads }, terminal);
  try {
    const input = onlyInput(session.inputMetadata);
    const calibration = [];
    for (const path of inputs) {
      const { tensor } = await readInput(path, input, options);
      calibration.push(calibrationInput(session, tensor));
    }
    const progress = terminal.progress('Timing');
    return await select({
      inputs: calibration,
      algorithms: algorithms(),
      model: { sha256 },
      machine: thisMachine(threads),
      library: version,
      budgetMs: budget * 1000,
      onProgress: ({ done, total, layer }) => progress.update(done, total, layer),
    }).finally(progress.stop);
  } finally {
    await session.release();
  }
}

export function selectCommand(terminal: Terminal): Command {
  return new Command('select')
    .description('time every algorithm on every layer, on real input, and write the fastest to a plan')
    .addArgument(modelArgument())
    .addOption(option.input())
    .addOption(option.mean())
    .addOption(option.std())
    .addOption(option.threads())
    .addOption(option.budget())
    .addOption(new Option('-o, --output <file>', 'the plan').makeOptionMandatory())
    .addHelpText('after', '\nExample:\n  zeroskip select model.onnx --inputs a.jpg b.jpg -o plan.json')
    .action(async (model: string, options: SelectOptions) => {
      const plan = await makePlan(model, options, terminal);
      await writeWhole('--output', options.output, writePlan(plan));
      terminal.print(planText(plan, options.output));
    });
}
