import { bytesOf, typeError } from '@zeroskip/tensor';
import type { Limits } from '../limits.ts';
import { readModelFile } from './read-file.ts';

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

/** The model's bytes, as long as the session needs them. */
export async function modelBytes(
  model: string | Uint8Array | ArrayBufferLike,
  { limits, onProgress }: SourceOptions,
): Promise<{ bytes: Uint8Array; path?: string }> {
  if (typeof model === 'string') {
    const report =
      onProgress && ((done: number, total: number) => onProgress({ stage: 'read', done, total }));
    return { bytes: await readModelFile(model, limits.maxFileBytes, { onProgress: report }), path: model };
  }
  const bytes = plainBytes(model);
  if (!bytes) throw typeError('the model', 'a path, a Uint8Array or an ArrayBuffer', model);
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
