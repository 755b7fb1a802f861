import type { ZeroskipError } from '@zeroskip/tensor';
import { Command, CommanderError } from 'commander';
import { batchCommand, Incomplete } from './commands/batch/command.ts';
import { benchCommand } from './commands/bench/command.ts';
import { checkCommand } from './commands/check/command.ts';
import { compareCommand, Regression } from './commands/compare/command.ts';
import { explainCommand } from './commands/explain/command.ts';
import { exportCommand } from './commands/export/command.ts';
import { inspectCommand } from './commands/inspect/command.ts';
import { layersCommand } from './commands/layers/command.ts';
import { listCommand } from './commands/list/command.ts';
import { paperCommand } from './commands/paper/command.ts';
import { rooflineCommand } from './commands/roofline/command.ts';
import { runCommand } from './commands/run/command.ts';
import { selectCommand } from './commands/select/command.ts';
import { workerCommand } from './commands/worker/command.ts';
import { version } from './package.ts';
import { Interrupted, type Terminal } from './terminal.ts';

/** Exit statuses. */
const EXIT = { ok: 0, failure: 1, usage: 2, regression: 3, incomplete: 4 } as const;

/** All commands. */
export function program(terminal: Terminal): Command {
  const root = new Command('zeroskip')
    .description('Runs ONNX convolutional networks on CPUs and skips the zeros of their activations')
    .version(version)
    .addHelpText(
      'after',
      '\nExit status: 0 success, 1 failure, 2 wrong usage, 3 slower than allowed, 4 inputs without results, 130 or 143 interrupted.',
    );
  const commands = [
    checkCommand,
    benchCommand,
    selectCommand,
    explainCommand,
    compareCommand,
    inspectCommand,
    runCommand,
    batchCommand,
    workerCommand,
    exportCommand,
    rooflineCommand,
    layersCommand,
    paperCommand,
    listCommand,
  ];
  for (const command of commands) root.addCommand(command(terminal));
  for (const command of [root, ...root.commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.warn(text.trimEnd()),
      outputError: () => {},
    });
  }
  return root;
}

function oneSentence(message: string): string {
  const text = message
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .trim();
  return /[.?!)]$/.test(text) ? text : `${text}.`;
}

function exitStatus(error: unknown): number {
  if (error instanceof Interrupted) return error.exitStatus;
  if (error instanceof Regression) return EXIT.regression;
  if (error instanceof Incomplete) return EXIT.incomplete;
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  return (error as Partial<ZeroskipError>).code === 'ERR_UNKNOWN_ALGORITHM' ? EXIT.usage : EXIT.failure;
}

/**
 * Runs one command line.
 * @param args without the interpreter and the script
 * @returns the exit status
 */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await program(terminal).parseAsync(args, { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    const status = exitStatus(error);
    const isHelp = error instanceof CommanderError && error.code === 'commander.help';
    if (status !== EXIT.ok && !isHelp) terminal.warn(`zeroskip: ${oneSentence((error as Error).message)}`);
    return status;
  }
}
