import { randomUUID } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { dirname, join, parse, resolve } from 'node:path';
import { makeFolderOf, reading, writeWhole } from '../files.ts';
import { type Entry, isInputName, type Storage } from './storage.ts';

/** Where files are until they are whole. */
const PARTIAL = '.partial';

type Name = Pick<Entry, 'name' | 'stem'>;

/** A folder of this machine, or one that several share. */
export class Folder implements Storage {
  readonly location: string;
  readonly #made = new Set<string>();

  constructor(path: string) {
    this.location = resolve(path);
  }

  async *#names(below: string): AsyncGenerator<Name> {
    const folder = join(this.location, below);
    const found = await reading(
      'the inputs',
      folder,
      () => readdir(folder, { withFileTypes: true }),
      'a readable folder',
    ).catch((error: Error) => {
      if (below === '') throw error;
    });
    if (!found) {
      // As an input, which cannot be read, it is listed with those at fault.
      yield { name: below, stem: below };
      return;
    }
    const entries = found.sort((a, b) => (a.name < b.name ? -1 : 1));
    const inputs = entries.filter((entry) => !entry.isDirectory() && isInputName(entry.name));
    const seen = new Set<string>();
    const shared = new Set<string>();
    for (const { name } of inputs) {
      const stem = parse(name).name;
      (seen.has(stem) ? shared : seen).add(stem);
    }
    for (const { name } of inputs) {
      const stem = parse(name).name;
      yield { name: join(below, name), stem: join(below, shared.has(stem) ? name : stem) };
    }
    for (const entry of entries) {
      if (entry.isDirectory() && !entry.name.startsWith('.')) yield* this.#names(join(below, entry.name));
    }
  }

  async *list(): AsyncGenerator<Entry> {
    for await (const { name, stem } of this.#names('')) {
      // What has just gone, or is no file, is no input.
      const version = await this.version(name);
      if (version !== undefined) yield { name, stem, version };
    }
  }

  async count(): Promise<number> {
    let count = 0;
    for await (const _ of this.#names('')) count++;
    return count;
  }

  /** Changes whenever a file does; undefined where there is none, and empty where that is not known. */
  async version(name: string): Promise<string | undefined> {
    try {
      const found = await stat(this.file(name));
      if (found.isDirectory()) return '';
      return found.isFile() ? `${found.size}-${found.mtimeMs}` : undefined;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : '';
    }
  }

  file(name: string): string {
    return resolve(this.location, name);
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    const path = join(this.location, name);
    const beside = join(this.location, PARTIAL, randomUUID());
    for (const file of [beside, path]) {
      if (this.#made.has(dirname(file))) continue;
      await makeFolderOf('--output', file);
      this.#made.add(dirname(file));
    }
    await writeWhole('--output', path, bytes, beside);
  }

  async size(name: string): Promise<number | undefined> {
    const found = await stat(join(this.location, name)).catch(() => undefined);
    return found?.isFile() ? found.size : undefined;
  }

  async tidy(): Promise<void> {
    this.#made.clear();
    await rm(join(this.location, PARTIAL), { recursive: true, force: true });
  }

  close(): void {}
}
