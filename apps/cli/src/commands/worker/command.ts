import { once } from 'node:events';
import { startWorker } from '@zeroskip/batch/queue';
import { commandOf, option } from '../../options.ts';
import type { Terminal } from '../../terminal.ts';

interface WorkerOptions {
  readonly queue: string;
  readonly queueName?: string;
  readonly threads: number;
  readonly statusPort?: number;
  readonly stalledAfter: number;
}

async function work(options: WorkerOptions, terminal: Terminal): Promise<void> {
  const { queue: url, queueName, threads, statusPort, stalledAfter } = options;
  const interruption = terminal.interruption();
  try {
    const worker = await startWorker({
      url,
      cores: threads,
      stalledAfter,
      onState: (text) => terminal.print(text),
      ...(queueName !== undefined && { name: queueName }),
      ...(statusPort !== undefined && { statusPort }),
    });
    const status = worker.statusPort === undefined ? '' : `, status on port ${worker.statusPort}`;
    terminal.print(`Waiting for jobs, ${threads} at work${status}.`);
    if (!interruption.signal.aborted) await once(interruption.signal, 'abort');
    terminal.print('Ending: files in the works are finished, the rest of their jobs goes back.');
    await worker.close();
  } finally {
    interruption.stop();
  }
}

export const workerCommand = (terminal: Terminal) =>
  commandOf('worker', 'work on what "zeroskip batch --queue" has put in a queue, until told to end', [
    option.queue('the queue of BullMQ, on Redis or Valkey').makeOptionMandatory(),
    option.queueName(),
    option.cores(),
    option.statusPort(),
    option.stalledAfter(),
  ])
    .addHelpText('after', '\nExample:\n  zeroskip worker --queue redis://localhost --status-port 9464')
    .action((options: WorkerOptions) => work(options, terminal));
