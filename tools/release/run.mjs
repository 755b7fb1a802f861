import { spawnSync } from 'node:child_process';
import { SetupError } from '../../scripts/processes.mjs';

/** Runs a program and returns what it printed; its failure is the rehearsal's. */
export function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    ...options,
  });
  if (status === 0) return stdout ?? '';
  throw new SetupError(
    `${stdout ?? ''}${stderr ?? ''}\n${command} ${args.join(' ')} failed: ${error?.message ?? `status ${status}`}`,
  );
}
