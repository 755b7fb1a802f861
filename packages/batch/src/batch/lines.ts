import { createReadStream } from 'node:fs';
import { type FileHandle, open, stat, truncate } from 'node:fs/promises';
import { fileError } from '../files.ts';

/** Lines of a file, each with where it ends; what has no line break yet is left out. */
export async function* wholeLines(path: string): AsyncGenerator<{ text: string; end: number }> {
  let rest = Buffer.alloc(0);
  let start = 0;
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      rest = Buffer.concat([rest, chunk]);
      let from = 0;
      for (let at = rest.indexOf(10); at >= 0; at = rest.indexOf(10, from)) {
        yield { text: rest.toString('utf8', from, at), end: start + at + 1 };
        from = at + 1;
      }
      start += from;
      rest = rest.subarray(from);
    }
  } catch (cause) {
    throw fileError('a readable file', 'the journal', path, cause);
  }
}

/** Bytes of a file; 0 where there is none. */
export async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw fileError('a readable file', 'the journal', path, cause);
  }
}

/** A file that lines are added to; it is there once the first is. */
export class Lines {
  readonly #path: string;
  #file: FileHandle | undefined;
  size: number;

  private constructor(path: string, size: number) {
    this.#path = path;
    this.size = size;
  }

  /** @param size what is left of the file */
  static async open(path: string, size: number): Promise<Lines> {
    try {
      if ((await sizeOf(path)) > size) await truncate(path, size);
      return new Lines(path, size);
    } catch (cause) {
      throw fileError('a writable file', 'the journal', path, cause);
    }
  }

  /** Returns when they are on the disk. */
  async add(lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return;
    const text = Buffer.from(`${lines.join('\n')}\n`);
    try {
      this.#file ??= await open(this.#path, 'a');
      await this.#file.appendFile(text);
      await this.#file.datasync();
    } catch (cause) {
      throw fileError('a writable file', 'the journal', this.#path, cause);
    }
    this.size += text.length;
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }
}
