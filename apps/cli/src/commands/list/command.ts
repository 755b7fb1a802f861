import { formats } from '@zeroskip/formats';
import { algorithms, targets } from '@zeroskip/kernels';
import { Command } from 'commander';
import { peers } from '../../peers/peers.ts';
import { table } from '../../report/table.ts';
import { wrap } from '../../report/wrap.ts';
import type { Terminal } from '../../terminal.ts';

function listText(): string {
  const algorithmRows = algorithms().map(({ id, sparse, summary, parameters }) => [
    id,
    sparse ? 'yes' : 'no',
    wrap(summary, 44),
    wrap(parameters.map(({ name, choices }) => `${name} (${choices.join(' ')})`).join(', '), 24) || '–',
  ]);
  const targetRows = targets().map(({ name, vectorBytes, supported, selected }) => [
    name,
    String(8 * vectorBytes),
    selected ? 'in use' : supported ? 'supported' : 'not on this machine',
  ]);
  return [
    table(
      [{ title: 'algorithm' }, { title: 'skips zeros' }, { title: 'summary' }, { title: 'parameters' }],
      algorithmRows,
    ),
    '',
    table(
      [{ title: 'format' }, { title: 'summary' }, { title: 'bytes' }],
      formats.map(({ id, summary, sizeFormula }) => [id, wrap(summary, 38), wrap(sizeFormula, 44)]),
    ),
    '',
    table([{ title: 'instruction set' }, { title: 'bits', align: 'right' }, { title: '' }], targetRows),
    '',
    `Peers for bench: ${Object.keys(peers).join(', ')}`,
  ].join('\n');
}

export function listCommand(terminal: Terminal): Command {
  return new Command('list')
    .description('list algorithms, formats, instruction sets and peers')
    .action(() => terminal.print(listText()));
}
