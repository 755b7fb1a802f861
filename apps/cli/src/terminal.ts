import { Presets, SingleBar } from 'cli-progress';

/** A bar for something that takes longer than a second. */
export interface Progress {
  update(done: number, total: number, note?: string): void;
  stop(): void;
}

/** Where a command's words go. */
export interface Terminal {
  /** Results: standard output. */
  print(text: string): void;
  /** Errors and warnings: standard error. */
  warn(text: string): void;
  progress(label: string): Progress;
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
  };
}

/** The process's own streams, with progress bars only when a person watches both. */
export function processTerminal({ stdout, stderr }: NodeJS.Process): Terminal {
  const watched = stdout.isTTY === true && stderr.isTTY === true;
  return {
    print: (text) => void stdout.write(`${text}\n`),
    warn: (text) => void stderr.write(`${text}\n`),
    progress: (label) => (watched ? bar(label, stderr) : SILENT),
  };
}
