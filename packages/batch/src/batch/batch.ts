import { createHash } from 'node:crypto';
import { join, sep } from 'node:path';
import { rangeError } from '@zeroskip/tensor';
import { hashModel, makeFolderOf, readBytes } from '../files.ts';
import { Pipeline, type PipelineOptions } from '../pipeline/pipeline.ts';
import type { Entry, Storage } from '../storage/storage.ts';
import { type Done, Journal, type JournalHeader } from './journal.ts';
import type { FileOutcome } from './outcome.ts';
import { runFiles } from './run-files.ts';

/** What a run over files has done so far. */
export interface BatchProgress {
  readonly done: number;
  readonly failed: number;
  /** Inputs that an earlier run has done. */
  readonly skipped: number;
}

/** Where inputs come from and results go, and who is told. */
export interface Files {
  readonly inputs: Storage;
  readonly output: Storage;
  /** The folder of the journal and of lines of results. */
  readonly journalFolder: string;
  /** Ends the run: what is in the works is finished. */
  readonly signal?: AbortSignal;
  /** Called for each input. */
  readonly onOutcome?: (outcome: FileOutcome, progress: BatchProgress) => void;
}

/** The journal's name in its folder. */
const JOURNAL = 'journal.jsonl';

/** What the journal of a run has as its first line: all that results depend on. */
export async function headerOf(options: PipelineOptions): Promise<JournalHeader> {
  const {
    model,
    followLinks = false,
    preparation,
    shape,
    task,
    plan,
    algorithm,
    accuracy,
    batchSize,
  } = options;
  const sha256 =
    typeof model === 'string'
      ? await hashModel(model, { followLinks })
      : createHash('sha256').update(model).digest('hex');
  const planSha256 = plan && createHash('sha256').update(JSON.stringify(plan)).digest('hex');
  const all = { sha256, preparation, shape, task, algorithm, accuracy, batchSize, planSha256 };
  return { journal: 1, ...(JSON.parse(JSON.stringify(all)) as object) };
}

async function hashOf(storage: Storage, name: string): Promise<string | undefined> {
  const file = storage.file(name);
  if (typeof file !== 'string') return undefined;
  const bytes = await readBytes('an input', file).catch(() => undefined);
  return bytes && createHash('sha256').update(bytes).digest('hex');
}

/** Whether an input's result is there, and was made of the input as it is now. */
async function isDone(entry: Entry, done: Done | undefined, { inputs, output }: Files): Promise<boolean> {
  if (done === undefined) return false;
  if (done.output && (await output.size(done.output.name)) !== done.output.bytes) return false;
  return done.version === entry.version || done.sha256 === (await hashOf(inputs, entry.name));
}

/**
 * What belongs to the output, where it lies within the inputs.
 * @throws with code `ERR_INVALID_ARGUMENT` where it is the same place: results could replace inputs
 */
function isWithin({ location }: Storage, inputs: Storage): (name: string) => boolean {
  if (inputs.isList) return () => false;
  if (location === inputs.location) {
    throw rangeError('--output', 'another place than that of the inputs', location);
  }
  const separator = location.startsWith('s3:') ? '/' : sep;
  const outer = inputs.location.endsWith(separator) ? inputs.location : inputs.location + separator;
  const inner = location.slice(outer.length) + separator;
  return (name) => location.startsWith(outer) && name.startsWith(inner);
}

/** The failure of an input whose result another one's would replace. */
function namesake({ name: input, version, stem }: Entry, other: string): FileOutcome {
  const { code, message } = rangeError(
    JSON.stringify(input),
    'an input whose result has a name of its own',
    `the name of the result of ${JSON.stringify(other)}, ${stem}`,
  );
  return { input, version, ms: 0, failure: { code, message } };
}

/** Where the results of a run are written down, by this process alone. */
export async function openJournal(options: PipelineOptions, { journalFolder }: Files, header: JournalHeader) {
  const journal = join(journalFolder, JOURNAL);
  await makeFolderOf('--journal', journal);
  return Journal.open({ journal, results: join(journalFolder, `${options.task.task}.jsonl`) }, header);
}

/**
 * Runs over files that no earlier run of the same settings has done, and writes down what becomes of each.
 * @param execute does what is left to do of the inputs
 * @throws what keeps results or the journal from being written
 */
export async function runJournaled(
  files: Files,
  journal: Journal,
  execute: (todo: AsyncIterable<Entry>) => AsyncIterable<FileOutcome>,
): Promise<BatchProgress> {
  const progress = { done: 0, failed: 0, skipped: 0 };
  const inputOf = new Map<string, string>();
  const note = (outcome: FileOutcome) => {
    journal.add(outcome);
    if (outcome.failure) progress.failed++;
    else progress.done++;
    files.onOutcome?.(outcome, { ...progress });
  };
  const isOutput = isWithin(files.output, files.inputs);
  async function* todo(): AsyncGenerator<Entry> {
    for await (const entry of files.inputs.list()) {
      if (files.signal?.aborted) return;
      if (isOutput(entry.name)) continue;
      const other = inputOf.get(entry.stem);
      if (other === undefined) inputOf.set(entry.stem, entry.name);
      else {
        if (other !== entry.name) note(namesake(entry, other));
        continue;
      }
      if (await isDone(entry, journal.done.get(entry.name), files)) progress.skipped++;
      else yield entry;
    }
  }
  for await (const outcome of execute(todo())) note(outcome);
  return progress;
}

/**
 * Runs a network over files, on this machine's cores. What an earlier run has done is left as it is; what is
 * interrupted goes on with the next.
 * @throws what keeps the network from being loaded, or results from being written
 */
export async function batch(options: PipelineOptions, files: Files): Promise<BatchProgress> {
  const journal = await openJournal(options, files, await headerOf(options));
  try {
    const { batchSize = journal.batchSize } = options;
    await using pipeline = await Pipeline.create({
      ...options,
      ...(batchSize !== undefined && { batchSize }),
      onBatchSize: (size) => journal.addBatchSize(size),
    });
    await files.output.tidy();
    try {
      return await runJournaled(files, journal, (todo) => runFiles(pipeline, todo, files, files.signal));
    } finally {
      await files.output.tidy();
    }
  } finally {
    await journal.close();
  }
}
