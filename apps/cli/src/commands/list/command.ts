import { formats } from '@zeroskip/formats';
import { type AlgorithmInfo, algorithms, targets } from '@zeroskip/kernels';
import { commandOf } from '../../options.ts';
import { peers } from '../../peers/peers.ts';
import { left, right, table, wrap } from '../../report/table.ts';

import type { Terminal } from '../../terminal.ts';

function parametersText({ parameters }: AlgorithmInfo): string {
  return parameters.map(({ name, choices }) => `${name} (${choices.join(' ')})`).join(', ');
}

function listText(): string {
  return [
    table(algorithms(), [
      left('algorithm', ({ id }) => id),
      left('skips zeros', ({ sparse }) => (sparse ? 'yes' : 'no')),
      left('summary', ({ summary }) => wrap(summary, 44)),
      left('parameters', (info) => wrap(parametersText(info), 24) || '–'),
    ]),
    '',
    table(formats, [
      left('format', ({ id }) => id),
      left('summary', ({ summary }) => wrap(summary, 38)),
      left('bytes', ({ sizeFormula }) => wrap(sizeFormula, 44)),
    ]),
    '',
    table(targets(), [
      left('instruction set', ({ name }) => name),
      right('bits', ({ vectorBytes }) => String(8 * vectorBytes)),
      left('', ({ supported, selected }) =>
        selected ? 'in use' : supported ? 'supported' : 'not on this machine',
      ),
    ]),
    '',
    `Peers for bench: ${Object.keys(peers).join(', ')}`,
  ].join('\n');
}

export const listCommand = (terminal: Terminal) =>
  commandOf('list', 'list algorithms, formats, instruction sets and peers', []).action(() =>
    terminal.print(listText()),
  );
