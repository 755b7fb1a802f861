import type { Inputs } from './inputs.ts';

/** Packages by the version or range that a project asks for. */
export type Versions = Readonly<Record<string, string>>;

/** What a file of `bench/clients` says of a package that uses onnxruntime. */
export interface Client {
  readonly name: string;
  readonly version: string;
  /** The package of onnxruntime that it runs on in Node.js; onnxruntime-web is WebAssembly. */
  readonly engine: 'onnxruntime-node' | 'onnxruntime-web';
  /** What the application that uses it installs beside it. */
  readonly install?: Versions;
  /** Versions that install without a script, in place of those that it asks for. */
  readonly overrides?: Versions;
}

/** What a job of a client gives: texts, numbers, bytes of pictures, in lists and objects. */
export type Answer =
  | string
  | number
  | boolean
  | null
  | undefined
  | Uint8Array
  | Uint8ClampedArray
  | Float32Array
  | readonly Answer[]
  | { readonly [key: string]: Answer };

/** What a client can do, by name; each takes everything that a user of the client calls for one answer. */
export type Jobs = Readonly<Record<string, () => Promise<Answer>>>;

/** Loads the client and its networks. */
export type Start = (inputs: Inputs) => Promise<Jobs>;
