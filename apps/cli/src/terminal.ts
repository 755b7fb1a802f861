import { Presets, SingleBar } from 'cli-progress';

/** A bar for something that takes longer than a second. */
export interface Progress {
  update(done: number, total: number, note?: string): void;
  stop(): void;
  /** Whether anybody sees it. */
  readonly isShown?: true;
}

export type OnProgress = Progress['update'];

/** Where a command's words go. */
export interface Terminal {
  /** Results: standard output. */
  print(text: string): void;
  /** Errors and warnings: standard error. */
  warn(text: string): void;
  progress(label: string): Progress;
  /**
   * A signal that Ctrl-C, or a request to end, aborts from now on until `stop`; without one, either ends the process.
   */
  interruption(): Interruption;
}

export interface Interruption {
  readonly signal: AbortSignal;
  stop(): void;
}

/** Does `work` with a bar. */
export function withProgress<T>(
  terminal: Terminal,
  label: string,
  work: (onProgress: OnProgress) => Promise<T>,
): Promise<T> {
  const progress = terminal.progress(label);
  return work(progress.update).finally(progress.stop);
}

const ENDING = ['SIGINT', 'SIGTERM'] as const;

/** What an interrupted command ends with. */
export class Interrupted extends Error {
  readonly exitStatus: number;

  constructor(signal: (typeof ENDING)[number]) {
    super('Interrupted.');
    this.exitStatus = signal === 'SIGINT' ? 130 : 143;
  }
}

function listen(process: NodeJS.Process): Interruption {
  const controller = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => {
    const reason = new Interrupted(signal as (typeof ENDING)[number]);
    // Who asks twice does not wait.
    if (controller.signal.aborted) process.exit(reason.exitStatus);
    controller.abort(reason);
  };
  for (const name of ENDING) process.on(name, onSignal);
  return {
    signal: controller.signal,
    stop: () => {
      for (const name of ENDING) process.off(name, onSignal);
    },
  };
}

const SILENT: Progress = { update: () => {}, stop: () => {} };

function bar(label: string, stream: NodeJS.WriteStream): Progress {
  const single = new SingleBar(
    {
      stream,
      format: `${label} {bar} {percentage} % {note}`,
      barsize: 30,
      hideCursor: true,
      clearOnComplete: true,
    },
    Presets.shades_classic,
  );
  single.start(1, 0, { note: '' });
  return {
    update(done, total, note = '') {
      single.setTotal(total);
      single.update(done, { note: note.slice(0, 30) });
    },
    stop: () => single.stop(),
    isShown: true,
  };
}

/** The process's own streams, with progress bars only when a person watches both. */
export function processTerminal(process: NodeJS.Process): Terminal {
  const { stdout, stderr } = process;
  const watched = stdout.isTTY === true && stderr.isTTY === true;
  return {
    print: (text) => void stdout.write(`${text}\n`),
    warn: (text) => void stderr.write(`${text}\n`),
    progress: (label) => (watched ? bar(label, stderr) : SILENT),
    interruption: () => listen(process),
  };
}
