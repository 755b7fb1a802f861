import { Readable } from 'node:stream';
import type { PipelineItem, PipelineResult } from '../pipeline/items.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import { failureOf } from '../pipeline/protocol.ts';
import { type Entry, innerName, type Storage } from '../storage/storage.ts';
import type { FileOutcome } from './outcome.ts';

/** Files that are written at once. */
const WRITES = 16;

interface FileItem extends PipelineItem {
  readonly entry: Entry;
}

async function* itemsOf(
  entries: AsyncIterable<Entry> | Iterable<Entry>,
  inputs: Storage,
): AsyncGenerator<FileItem> {
  for await (const entry of entries) yield { name: entry.name, file: inputs.file(entry.name), entry };
}

/** What keeps one result from being written, and not the others. */
const OF_ONE_FILE = ['ENAMETOOLONG', 'EISDIR', 'ENOTDIR', 'EEXIST', 'EINVAL', 'EILSEQ'];

function isOfOneFile({ cause }: Error): boolean {
  return OF_ONE_FILE.includes((cause as NodeJS.ErrnoException | undefined)?.code ?? '');
}

async function stored(
  { item: { entry }, sha256, ms, file, record, error }: PipelineResult<FileItem>,
  output: Storage,
): Promise<FileOutcome> {
  const { name: input, version, stem } = entry;
  const outcome = { input, version, ...(sha256 !== undefined && { sha256 }), ms };
  if (error) return { ...outcome, failure: failureOf(error) };
  // A stem may come from a queue.
  const name = file && `${innerName(stem)}.${file.ending}`;
  try {
    if (file) await output.write(name!, file.bytes);
  } catch (cause) {
    if (!isOfOneFile(cause as Error)) throw cause;
    return { ...outcome, failure: failureOf(cause) };
  }
  return {
    ...outcome,
    ...(file && { output: { name: name!, bytes: file.bytes.length } }),
    ...(record && { record }),
  };
}

/**
 * Runs a pipeline on files of a storage, and writes what it makes of them to another.
 * @param signal ends the list of files: what is in the works is finished
 * @throws what keeps results from being written
 */
export async function* runFiles(
  pipeline: Pipeline,
  entries: AsyncIterable<Entry> | Iterable<Entry>,
  { inputs, output }: { readonly inputs: Storage; readonly output: Storage },
  signal?: AbortSignal,
): AsyncGenerator<FileOutcome, void, undefined> {
  const results = pipeline.process(itemsOf(entries, inputs), signal ? { signal } : {});
  const outcomes = Readable.from(results).map((result: PipelineResult<FileItem>) => stored(result, output), {
    concurrency: WRITES,
  });
  yield* outcomes as AsyncIterable<FileOutcome>;
}
