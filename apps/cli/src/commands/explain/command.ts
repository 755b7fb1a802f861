import { algorithms } from '@zeroskip/kernels';
import { agreement, explainLayer, type Plan } from '@zeroskip/selector';
import { rangeError } from '@zeroskip/tensor';
import { Argument } from 'commander';
import { chosenLayers } from '../../layers/filter.ts';
import { commandOf, option } from '../../options.ts';
import { percent } from '../../report/figures.ts';
import { planAt } from '../../session.ts';
import type { Terminal } from '../../terminal.ts';

interface ExplainOptions {
  readonly layers?: string | true;
}

const isSparse = (id: string) => algorithms().some((info) => info.id === id && info.sparse);

function agreementText(plan: Plan, other: Plan): string {
  if (plan.model.sha256 !== other.model.sha256) {
    throw rangeError('the other plan', 'a plan of the same model', 'one of another', 'ERR_INVALID_PLAN');
  }
  const { algorithm, parameters } = agreement(plan, other);
  return `The plans agree on the algorithm for ${percent(algorithm)} of the layers' time, on its parameters as well for ${percent(parameters)}.`;
}

export const explainCommand = (terminal: Terminal) =>
  commandOf('explain', 'say for each layer of a plan why it runs as it does, and what would change that', [
    new Argument('<plan>', 'a file that "zeroskip select" wrote'),
    new Argument('[other]', 'another plan of the model, to say how far both agree'),
    option.layers('all layers'),
  ])
    .addHelpText('after', "\nExample:\n  zeroskip explain plan.json --layers 'stage3*'")
    .action(async (path: string, otherPath: string | undefined, { layers = true }: ExplainOptions) => {
      const plan = await planAt('the plan', path);
      const other = otherPath === undefined ? undefined : await planAt('the other plan', otherPath);
      for (const layer of chosenLayers(layers, plan.layers)) {
        terminal.print(explainLayer(layer, isSparse));
      }
      if (other !== undefined) terminal.print(agreementText(plan, other));
    });
