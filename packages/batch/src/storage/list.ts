import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { reading } from '../files.ts';
import { Folder } from './folder.ts';
import { type Entry, innerName } from './storage.ts';

/** Files that somebody names, by paths from the current folder. */
export class FileList extends Folder {
  readonly isList = true;
  readonly #names: () => AsyncIterable<string> | Iterable<string>;
  readonly #known: number | undefined;
  readonly #onClose: () => void;

  /**
   * @param count where it is known
   * @param onClose lets go of what names are read from
   */
  constructor(
    names: () => AsyncIterable<string> | Iterable<string>,
    count?: number,
    onClose: () => void = () => undefined,
  ) {
    super('.');
    this.#names = names;
    this.#known = count;
    this.#onClose = onClose;
  }

  override close(): void {
    this.#onClose();
  }

  override async *list(): AsyncGenerator<Entry> {
    for await (const name of this.#names()) {
      // A missing file is a fault of that input, which its reading reports.
      const version = (await this.version(name)) ?? '';
      yield { name, stem: innerName(name), version };
    }
  }

  override async count(): Promise<number> {
    if (this.#known !== undefined) return this.#known;
    let count = 0;
    for await (const _ of this.#names()) count++;
    return count;
  }
}

async function* linesOf(input: NodeJS.ReadableStream): AsyncGenerator<string> {
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() !== '') yield line.trim();
  }
}

/** The files that a text file names, one on each line. */
export async function listAt(path: string): Promise<FileList> {
  const open = () =>
    reading(
      '--inputs',
      path,
      async () => {
        const stream = createReadStream(path);
        await new Promise((resolve, reject) => stream.once('open', resolve).once('error', reject));
        return stream;
      },
      'a folder, or a readable file',
    );
  (await open()).destroy();
  return new FileList(async function* () {
    yield* linesOf(await open());
  });
}

/** The files that standard input names, one on each line, as they come. */
export function listFrom(input: Readable): FileList {
  return new FileList(
    () => linesOf(input),
    0,
    () => input.destroy(),
  );
}
