import { fork } from 'node:child_process';
import { once } from 'node:events';

/**
 * Runs one of a program's tasks; or, for `all`, each in a process of its own, which gets the task's name among its
 * arguments.
 */
export async function runTasks(
  program: string,
  tasks: Readonly<Record<string, () => Promise<void>>>,
  task: string,
  argumentsOf: (task: string) => readonly string[],
): Promise<void> {
  if (task !== 'all') {
    const run = tasks[task];
    if (!run) throw new Error(`Expected one of ${Object.keys(tasks).join(', ')}, received ${task}.`);
    return run();
  }
  for (const name of Object.keys(tasks)) {
    const child = fork(program, [...argumentsOf(name)], { execArgv: ['--expose-gc'] });
    const [status] = await once(child, 'exit');
    if (status !== 0) process.exitCode = 1;
  }
}
