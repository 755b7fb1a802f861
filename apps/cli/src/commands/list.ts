import { algorithms, targets } from '@zeroskip/kernels';
import { Command } from 'commander';
import { peers } from '../peers/peers.ts';
import { table } from '../report/table.ts';
import type { Terminal } from '../terminal.ts';

function wrap(text: string, width: number): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.length - 1;
    if (lines[last] !== '' && `${lines[last]} ${word}`.length > width) lines.push(word);
    else lines[last] = lines[last] === '' ? word : `${lines[last]} ${word}`;
  }
  return lines.join('\n');
}

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
    table([{ title: 'instruction set' }, { title: 'bits', align: 'right' }, { title: '' }], targetRows),
    '',
    `Peers for bench: ${Object.keys(peers).join(', ')}`,
  ].join('\n');
}

export function listCommand(terminal: Terminal): Command {
  return new Command('list')
    .description('list algorithms, instruction sets and peers')
    .action(() => terminal.print(listText()));
}
