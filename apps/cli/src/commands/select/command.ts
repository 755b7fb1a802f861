import { writeWhole } from '@zeroskip/batch';
import { writePlan } from '@zeroskip/selector';
import { Option } from 'commander';
import { commandOf, modelArgument, networkOptions, option } from '../../options.ts';
import type { Terminal } from '../../terminal.ts';
import { makePlan, type SelectOptions } from './measure.ts';
import { planText } from './text.ts';

export const selectCommand = (terminal: Terminal) =>
  commandOf('select', 'time every algorithm on every layer, on real input, and write the best to a plan', [
    modelArgument(),
    ...networkOptions(),
    option.threads(),
    option.accuracy(),
    option.budget(),
    new Option('--objective <kind>', 'smallest time, smallest memory, or the smallest of the fast')
      .choices(['time', 'memory', 'balanced'])
      .default('time'),
    option.within(),
    new Option('--estimate', 'choose by estimates: the network runs once, and nothing is timed').conflicts([
      'objective',
      'budget',
    ]),
    new Option('-o, --output <file>', 'the plan').makeOptionMandatory(),
  ])
    .addHelpText(
      'after',
      '\nExamples:\n  zeroskip select model.onnx --inputs a.jpg b.jpg -o plan.json' +
        '\n  zeroskip select model.onnx --inputs photos/ --objective balanced --within 5 -o plan.json',
    )
    .action(async (model: string, options: SelectOptions) => {
      const plan = await makePlan(model, options, terminal);
      await writeWhole('--output', options.output, writePlan(plan));
      terminal.print(planText(plan, options.output));
    });
