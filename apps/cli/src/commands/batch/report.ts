import type { BatchProgress, Choice, FileOutcome, Layout, Storage } from '@zeroskip/batch';
import type { Progress, Terminal } from '../../terminal.ts';

/** Faults that are shown; the journal has all. */
const SHOWN = 20;

const counted = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;
const rate = (perSecond: number) => `${perSecond.toPrecision(3)}/s`;

const layoutText = ({ workers, threads }: Layout) =>
  `${counted(workers, 'worker')} with ${counted(threads, 'thread')}`;

/** How the work is spread over cores, in one line. */
export function choiceText({ batchSize, measured, ...layout }: Choice): string {
  const images = `${counted(batchSize, 'image')} per run`;
  if (measured.length === 0) return `${layoutText(layout)}, ${images}.`;
  const rates = measured.map((each) => `${layoutText(each)}: ${rate(each.imagesPerSecond)}`);
  return `${layoutText(layout)}, ${images} (measured: ${rates.join(', ')}).`;
}

/** Time in the two largest units. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** What a run has done. */
export function summaryText(
  { done, failed, skipped }: BatchProgress,
  seconds: number,
  journalFolder: string,
): string {
  const before = skipped === 0 ? '' : `, ${skipped} were done before`;
  const without = failed === 0 ? '' : `, ${failed} without a result`;
  const all = counted(done, 'input');
  return `${all} in ${duration(seconds)} (${rate((done + failed) / seconds)})${before}${without}. Journal in ${journalFolder}.`;
}

/** A line for each fault that is shown. */
export function failureLines(failures: readonly FileOutcome[], count: number): string[] {
  const lines = failures.map(({ input, failure }) => `${input}: ${failure!.message}`);
  return count > lines.length
    ? [...lines, `… and ${count - lines.length} more, which the journal has.`]
    : lines;
}

/** What is shown while a run goes on. */
export class Report {
  readonly failures: FileOutcome[] = [];
  readonly #progress: Progress;
  readonly #start = performance.now();
  #total = 0;

  constructor(terminal: Terminal, inputs: Storage) {
    this.#progress = terminal.progress('Running');
    // Listing a large folder takes a while, and work does not wait for it; what cannot be listed fails there.
    if (this.#progress.isShown) {
      inputs.count().then(
        (count) => {
          this.#total = count;
        },
        () => undefined,
      );
    }
  }

  get seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }

  add(outcome: FileOutcome, { done, failed, skipped }: BatchProgress): void {
    if (outcome.failure && this.failures.length < SHOWN) this.failures.push(outcome);
    const perSecond = (done + failed) / this.seconds;
    const so = done + failed + skipped;
    const left = this.#total > so ? `, ${duration((this.#total - so) / perSecond)} left` : '';
    this.#progress.update(so, Math.max(so, this.#total), `${rate(perSecond)}${left}`);
  }

  stop(): void {
    this.#progress.stop();
  }
}
