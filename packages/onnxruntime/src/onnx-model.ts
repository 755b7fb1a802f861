import type { TryGetGlobalType } from './global-type.ts';

/** A path, or a URL (`file:`, `http:`, `https:`, `data:`, `blob:`). */
export type FileUrlOrPath = string;

export type FileBlob = TryGetGlobalType<'Blob', { arrayBuffer(): Promise<ArrayBuffer> }>;

/** The whole of a buffer is the file. */
export type FileData = Uint8Array | ArrayBufferLike;

export type FileType = FileUrlOrPath | FileBlob | FileData;

export interface ExternalDataFileDescription {
  data: FileType;
  /** As the model has it. */
  path: string;
}

/** A string is both where the file is and the path that the model has for it. */
export type ExternalDataFileType = ExternalDataFileDescription | FileUrlOrPath;

export interface OnnxModelOptions {
  externalData?: readonly ExternalDataFileType[];
}
