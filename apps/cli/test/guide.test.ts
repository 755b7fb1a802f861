import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { program } from '../src/cli.ts';
import { recordingTerminal } from './support/terminal.ts';

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    getOutHelpWidth: () => 100,
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text.trimEnd();
}

/** What the command printed for a real network. */
function exampleOf(command: Command): string {
  const file = fileURLToPath(new URL(`../../../docs/cli/${command.name()}.txt`, import.meta.url));
  if (!existsSync(file)) throw new Error(`Expected an example of ${command.name()} in ${file}.`);
  return readFileSync(file, 'utf8').trimEnd();
}

/** The text of docs/cli.md, from the commands themselves. */
function guide(): string {
  const root = program(recordingTerminal());
  const sections = root.commands.map(
    (command) =>
      `## zeroskip ${command.name()}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n\n` +
      `For example:\n\n\`\`\`console\n${exampleOf(command)}\n\`\`\``,
  );
  return [
    '# The commands of zeroskip',
    'What `zeroskip <command> --help` prints, and what each printed for InceptionV3 and photos\n' +
      '(`npm run docs:cli`). What the commands measure, and the files that they write, are in the\n' +
      '[README of @zeroskip/cli](../apps/cli/README.md).',
    `\`\`\`text\n${helpOf(root)}\n\`\`\``,
    ...sections,
  ]
    .join('\n\n')
    .concat('\n');
}

const file = fileURLToPath(new URL('../../../docs/cli.md', import.meta.url));

it('docs/cli.md is what the commands say of themselves ("vitest -u" writes it)', async () => {
  await expect(guide()).toMatchFileSnapshot(file);
});
