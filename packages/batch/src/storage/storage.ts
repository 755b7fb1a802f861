/** A file of a storage. */
export interface Entry {
  /** From the storage's root, with `/` between folders. */
  readonly name: string;
  /** Changes whenever the file does: its size with the time of its last change, or its entity tag. */
  readonly version: string;
  /** The name of what is made of it, without its ending; no two files of a listing have the same. */
  readonly stem: string;
}

/** Where inputs come from, or results go: a folder, or a part of a bucket. */
export interface Storage {
  /** As it was given, made absolute. */
  readonly location: string;
  /** Whether it lists files that somebody names, wherever they are. */
  readonly isList?: boolean;
  /** Images and arrays, in the order of their names within each folder. */
  list(): AsyncIterable<Entry>;
  /** How many there are. */
  count(): Promise<number>;
  /** What a pipeline reads the file from. */
  file(name: string): string | (() => Promise<Uint8Array>);
  /** Writes a file whole or not at all. */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** Bytes of a file; undefined where there is none. */
  size(name: string): Promise<number | undefined>;
  /** Removes what interrupted writers have left. */
  tidy(): Promise<void>;
  /** Lets go of connections. */
  close(): void;
}

/** The endings of what is listed. */
const INPUT = /.\.(avif|gif|jpe?g|npy|png|tiff?|webp)$/i;

/** Whether a file's name is that of an image or an array. */
export const isInputName = (name: string): boolean => INPUT.test(name);

/** A name from the root of a storage: what leads out of it is left out. */
export function innerName(name: string): string {
  return name
    .split(/[\\/]/)
    .filter((part) => !['', '.', '..'].includes(part))
    .join('/');
}
