import { agreement, explainLayer, type Plan, readPlan } from '@zeroskip/selector';
import { rangeError } from '@zeroskip/tensor';
import { Argument, Command } from 'commander';
import { readBytes } from '../../files.ts';
import { chosenLayers } from '../../layers/filter.ts';
import { option } from '../../options.ts';
import { percent } from '../../report/figures.ts';
import type { Terminal } from '../../terminal.ts';

interface ExplainOptions {
  readonly layers?: string | true;
}

async function read(what: string, path: string): Promise<Plan> {
  return readPlan((await readBytes(what, path)).toString('utf8'));
}

function agreementText(plan: Plan, other: Plan): string {
  if (plan.model.sha256 !== other.model.sha256) {
    throw rangeError('the other plan', 'a plan of the same model', 'one of another', 'ERR_INVALID_PLAN');
  }
  const { algorithm, parameters } = agreement(plan, other);
  return `The plans agree on the algorithm for ${percent(algorithm)} of the layers' time, on its parameters as well for ${percent(parameters)}.`;
}

export function explainCommand(terminal: Terminal): Command {
  return new Command('explain')
    .description('say for each layer of a plan why it runs as it does, and what would change that')
    .addArgument(new Argument('<plan>', 'a file that "zeroskip select" wrote'))
    .addArgument(new Argument('[other]', 'another plan of the model, to say how far both agree'))
    .addOption(option.layers('all layers'))
    .addHelpText('after', "\nExample:\n  zeroskip explain plan.json --layers 'stage3*'")
    .action(async (path: string, otherPath: string | undefined, { layers = true }: ExplainOptions) => {
      const plan = await read('the plan', path);
      const other = otherPath === undefined ? undefined : await read('the other plan', otherPath);
      for (const layer of chosenLayers(layers, plan.layers)) terminal.print(explainLayer(layer));
      if (other !== undefined) terminal.print(agreementText(plan, other));
    });
}
