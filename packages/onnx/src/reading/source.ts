import { bytesOf, typeError } from '@zeroskip/tensor';
import type { Limits } from '../graph/limits.ts';
import { modelError } from '../graph/model-error.ts';
import { readModelFile } from './read-file.ts';

/** How far the loading of a model is. */
export interface LoadProgress {
  /** `read` counts bytes of the file, `prepare` convolutions whose weights are packed. */
  readonly stage: 'read' | 'prepare';
  readonly done: number;
  readonly total: number;
}

interface SourceOptions {
  readonly limits: Limits;
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
}

/** A file: where it is read, its bytes, or a `Blob` or `File` as browsers have them. */
export type FileSource = string | Uint8Array | ArrayBufferLike | Blob;

/** What a `Blob` holds. */
export async function blobBytes(blob: Blob, what: string, maxBytes: number): Promise<Uint8Array> {
  if (blob.size > maxBytes) {
    throw modelError(`size of ${what}`, `at most ${maxBytes} bytes`, blob.size, 'ERR_LIMIT_EXCEEDED');
  }
  const bytes = await blob.arrayBuffer().catch((cause: Error) => {
    throw modelError(what, 'a file that can be read', cause.message, 'ERR_FILE');
  });
  return new Uint8Array(bytes);
}

/** The model's bytes, as long as the session needs them. */
export async function modelBytes(
  model: FileSource,
  { limits, onProgress }: SourceOptions,
): Promise<{ bytes: Uint8Array; path?: string }> {
  if (typeof model === 'string') {
    const report =
      onProgress && ((done: number, total: number) => onProgress({ stage: 'read', done, total }));
    return { bytes: await readModelFile(model, limits.maxFileBytes, { onProgress: report }), path: model };
  }
  if (model instanceof Blob) return { bytes: await blobBytes(model, 'the model file', limits.maxFileBytes) };
  const bytes = plainBytes(model);
  if (!bytes) throw typeError('the model', 'a path, a Uint8Array, an ArrayBuffer or a Blob', model);
  return { bytes };
}

/**
 * The bytes as a plain `Uint8Array` over the same memory; a copy of memory that another thread may write, or that may
 * shrink. Undefined for what is no bytes.
 */
export function plainBytes(value: unknown): Uint8Array | undefined {
  const view = bytesOf(value);
  if (!view) return undefined;
  const { buffer } = view;
  const mayChange =
    Object.prototype.toString.call(buffer) === '[object SharedArrayBuffer]' ||
    (buffer as { resizable?: boolean }).resizable === true;
  return mayChange ? new Uint8Array(view) : view;
}
