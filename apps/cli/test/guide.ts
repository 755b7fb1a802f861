import type { Command } from 'commander';
import { program } from '../src/cli.ts';
import { recordingTerminal } from './terminal.ts';

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

/** The text of docs/cli.md, from the commands themselves. */
export function guide(): string {
  const root = program(recordingTerminal());
  const sections = root.commands.map(
    (command) => `## zeroskip ${command.name()}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\``,
  );
  return [
    '# The commands of zeroskip',
    'What `zeroskip <command> --help` prints. What the commands measure, and the files that they write, are in the\n' +
      '[README of @zeroskip/cli](../apps/cli/README.md); what they print for a real network, in the\n' +
      '[README of the project](../README.md#what-the-demo-printed).',
    `\`\`\`text\n${helpOf(root)}\n\`\`\``,
    ...sections,
  ]
    .join('\n\n')
    .concat('\n');
}
