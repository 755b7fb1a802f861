import { runCli } from './cli.ts';
import { processTerminal } from './terminal.ts';

// A reader that has seen enough, such as "head", ends the command.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});
process.exitCode = await runCli(process.argv.slice(2), processTerminal(process));
