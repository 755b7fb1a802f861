import type { Limits } from '../graph/limits.ts';
import { modelError } from '../graph/model-error.ts';
import { readBeside, readModelFile } from './read-file.ts';
import { blobBytes, type FileSource, plainBytes } from './source.ts';

/** `location` without its `.` parts. @throws unless it is a plain relative path inside the model's folder */
function plainLocation(what: string, location: string): string {
  const parts = location.split('/').filter((part) => part !== '.');
  const plain =
    parts.length > 0 && !/[\\\0:]/.test(location) && parts.every((part) => part !== '' && part !== '..');
  if (!plain) throw modelError(what, "a relative path inside the model's folder", location);
  return parts.join('/');
}

/** A file of external data or weights. */
export interface ExternalDataFile {
  /** As the model has it, relative to its folder. */
  readonly path: string;
  /** The file's bytes, or where to read it. */
  readonly data: FileSource;
}

interface ModelFilesOptions {
  /** Of the model; undefined for one that is given as bytes. */
  readonly path?: string | undefined;
  readonly limits: Limits;
  readonly externalData?: readonly ExternalDataFile[] | undefined;
  readonly followLinks?: boolean | undefined;
}

/** The files that a model refers to: those that are given with it, then those in its folder. */
export class ModelFiles {
  readonly #path: string | undefined;
  readonly #limits: Limits;
  readonly #followLinks: boolean;
  readonly #given = new Map<string, ExternalDataFile['data']>();
  readonly #contents: Uint8Array[] = [];
  #left: number;

  constructor({ path, limits, externalData = [], followLinks = false }: ModelFilesOptions) {
    this.#path = path;
    this.#limits = limits;
    this.#followLinks = followLinks;
    this.#left = limits.maxDataBytes;
    for (const each of externalData) this.#given.set(plainLocation('externalData', each.path), each.data);
  }

  /** What was read so far, in order. */
  get contents(): readonly Uint8Array[] {
    return this.#contents;
  }

  /**
   * Reads a file that the model refers to. One that is not given must be a regular file inside the model's folder,
   * and is not read through a symbolic or hard link unless links are followed.
   * @param kind what it is, for errors
   * @param maxBytes beside the limits
   */
  async read(location: string, kind: string, maxBytes = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
    const what = `${kind} ${JSON.stringify(location)}`;
    const plain = plainLocation(what, location);
    const most = Math.min(maxBytes, this.#left, this.#limits.maxFileBytes);
    const bytes = await this.#bytes(plain, what, most);
    this.#left -= bytes.length;
    this.#contents.push(bytes);
    return bytes;
  }

  async #bytes(location: string, what: string, maxBytes: number): Promise<Uint8Array> {
    const given = this.#given.get(location);
    if (typeof given === 'string') return readModelFile(given, maxBytes, { what });
    if (given === undefined) return this.#beside(location, what, maxBytes);
    if (given instanceof Blob) return blobBytes(given, what, maxBytes);
    const bytes = plainBytes(given)!;
    if (bytes.length > maxBytes) {
      throw modelError(`size of ${what}`, `at most ${maxBytes} bytes`, bytes.length, 'ERR_LIMIT_EXCEEDED');
    }
    return bytes;
  }

  #beside(location: string, what: string, maxBytes: number): Promise<Uint8Array> {
    if (this.#path === undefined) {
      const expected = 'a model given as a path, or the file by option externalData';
      throw modelError(what, expected, 'a model given as bytes', 'ERR_FILE');
    }
    return readBeside(this.#path, location, what, { maxBytes, followLinks: this.#followLinks });
  }
}
