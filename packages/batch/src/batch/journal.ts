import { setTimeout as delay } from 'node:timers/promises';
import { describe, rangeError, unexpected } from '@zeroskip/tensor';
import { Lines, sizeOf, wholeLines } from './lines.ts';
import { Lock } from './lock.ts';
import type { FileOutcome } from './outcome.ts';

/** What a journal belongs to: results of another model, or of other settings, are none of this run's. */
export type JournalHeader = Readonly<Record<string, unknown>>;

/** What is known of an input that is done. */
export interface Done {
  readonly version: string;
  readonly sha256: string;
  readonly output?: FileOutcome['output'];
  /** Where the input's line of results ends; 0 without one. */
  readonly end: number;
}

/** A line of the journal, beside its first. */
interface Line {
  readonly input: string;
  readonly outcome: 'done' | 'failed';
  readonly version: string;
  readonly sha256?: string;
  readonly output?: FileOutcome['output'];
  /** Where the input's line of results ends. */
  readonly end?: number;
}

/** A line about the run. */
interface RunLine {
  readonly batchSize?: number;
  /** Bytes of results that a run found: what lines before this one have beyond them is lost. */
  readonly results?: number;
}

function parsed<T>(text: string, path: string): T {
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw unexpected('ERR_INVALID_FORMAT', `the journal ${path}`, 'lines of JSON', describe(text), cause);
  }
}

const asJson = (value: object) => JSON.stringify(value);
const shown = (key: string, header: JournalHeader) =>
  key in header ? asJson({ [key]: header[key] }) : `no ${key}`;

function assertSame(header: JournalHeader, text: string, path: string): void {
  const found = parsed<JournalHeader>(text, path);
  const other = [...new Set([...Object.keys(header), ...Object.keys(found)])].find(
    (key) => JSON.stringify(header[key]) !== JSON.stringify(found[key]),
  );
  if (other === undefined) return;
  throw rangeError(
    `${other} of the run that ${path} is the journal of`,
    `${shown(other, found)} as before, or another folder`,
    shown(other, header),
  );
}

/** Milliseconds in which outcomes gather: each write waits for the disk, and wakes threads. */
const LINGER_MS = 100;

/** Where a run writes down what became of each input. */
export interface JournalPaths {
  readonly journal: string;
  /** Lines of results, for tasks that have them. */
  readonly results: string;
}

/**
 * A line of JSON for each input, written when its result is in place, and its line of results before it: whatever ends
 * the process, what the journal has is done, and what it has not is done again.
 */
export class Journal {
  /** Inputs that were done before. */
  readonly done: ReadonlyMap<string, Done>;
  /** Images in one run, which an earlier run measured. */
  readonly batchSize: number | undefined;
  readonly #lock: Lock;
  readonly #lines: Lines;
  readonly #results: Lines;
  #waiting: FileOutcome[] = [];
  #writing: Promise<void> | undefined;
  /** Aborted while somebody waits for all outcomes to be written. */
  #flushing = new AbortController();
  #error: unknown;

  private constructor(
    done: ReadonlyMap<string, Done>,
    batchSize: number | undefined,
    lock: Lock,
    lines: Lines,
    results: Lines,
  ) {
    this.done = done;
    this.#lock = lock;
    this.batchSize = batchSize;
    this.#lines = lines;
    this.#results = results;
  }

  /**
   * Opens a journal, or begins one. A line that was not written whole is dropped.
   * @throws with code `ERR_INVALID_ARGUMENT` for the journal of a run with another header, `ERR_FILE` while another
   * process writes to it
   */
  static async open(paths: JournalPaths, header: JournalHeader): Promise<Journal> {
    const lock = await Lock.take(`${paths.journal}.lock`, 'the journal');
    try {
      return await Journal.#open(paths, header, lock);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  static async #open(
    { journal, results }: JournalPaths,
    header: JournalHeader,
    lock: Lock,
  ): Promise<Journal> {
    const done = new Map<string, Done>();
    const resultsSize = await sizeOf(results);
    let size = 0;
    let batchSize: number | undefined;
    if ((await sizeOf(journal)) > 0) {
      for await (const { text, end } of wholeLines(journal)) {
        if (size === 0) assertSame(header, text, journal);
        else {
          const line = parsed<Line | RunLine>(text, journal);
          if ('input' in line) take(line, done);
          else {
            batchSize = line.batchSize ?? batchSize;
            if (line.results !== undefined) dropBeyond(line.results, done);
          }
        }
        size = end;
      }
    }
    if (size === 0 && resultsSize > 0) {
      const expected = `the journal of its lines, ${journal}, or another folder`;
      throw unexpected('ERR_FILE', `the results ${results}`, expected, 'none');
    }
    // After a power failure, the journal may know of more than has reached the disk.
    const isShort = dropBeyond(resultsSize, done);
    const resultsEnd = [...done.values()].reduce((most, { end }) => Math.max(most, end), 0);
    const lines = await Lines.open(journal, size);
    if (size === 0) await lines.add([asJson(header)]);
    if (isShort) await lines.add([asJson({ results: resultsEnd } satisfies RunLine)]);
    return new Journal(done, batchSize, lock, lines, await Lines.open(results, resultsEnd));
  }

  /**
   * Writes down an outcome, together with those that come soon after.
   * @throws what kept an earlier one from being written
   */
  add(outcome: FileOutcome): void {
    if (this.#error !== undefined) throw this.#error;
    this.#waiting.push(outcome);
    this.#writing ??= this.#write();
  }

  /** Writes down the images in one run, on which the last bits of results depend. */
  async addBatchSize(batchSize: number): Promise<void> {
    await this.#lines.add([asJson({ batchSize } satisfies RunLine)]);
  }

  async #write(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        await delay(LINGER_MS, undefined, { signal: this.#flushing.signal }).catch(() => undefined);
        const outcomes = this.#waiting.splice(0);
        const records = outcomes.flatMap(({ input, record }) =>
          record ? [asJson({ input, ...record })] : [],
        );
        let end = this.#results.size;
        await this.#results.add(records);
        await this.#lines.add(
          outcomes.map(({ record, ...outcome }) => {
            if (record) end += Buffer.byteLength(records.shift()!) + 1;
            return asJson(lineOf(outcome, record && end));
          }),
        );
      }
    } catch (error) {
      this.#error = error;
    }
    this.#writing = undefined;
  }

  /**
   * Waits until all outcomes are on the disk.
   * @throws what kept one from being written
   */
  async flush(): Promise<void> {
    this.#flushing.abort();
    await this.#writing;
    this.#flushing = new AbortController();
    if (this.#error !== undefined) throw this.#error;
  }

  /** @throws as `flush` */
  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      await Promise.all([this.#lines.close(), this.#results.close()]);
      await this.#lock.release();
    }
  }
}

function take({ input, outcome, version, sha256, output, end = 0 }: Line, done: Map<string, Done>): void {
  if (outcome === 'done') done.set(input, { version, sha256: sha256!, end, ...(output && { output }) });
}

/** Forgets inputs whose line of results ends beyond `size`. @returns whether there was one */
function dropBeyond(size: number, done: Map<string, Done>): boolean {
  const lost = [...done].filter(([, { end }]) => end > size);
  for (const [input] of lost) done.delete(input);
  return lost.length > 0;
}

function lineOf({ input, failure, ms, ...rest }: FileOutcome, end: number | undefined): object {
  const at = new Date().toISOString();
  const outcome = failure ? 'failed' : 'done';
  return { input, outcome, at, ms: Math.round(ms), ...rest, ...failure, ...(end !== undefined && { end }) };
}
