import { typeError } from '@zeroskip/tensor';
import { readModelFile } from './onnx/read-file.ts';
import type { Settings } from './settings.ts';

/** The model's bytes, as long as the session needs them. */
export async function modelBytes(
  model: string | Uint8Array | ArrayBufferLike,
  { limits, onProgress }: Settings,
): Promise<{ bytes: Uint8Array; path?: string }> {
  if (typeof model === 'string') {
    const report =
      onProgress && ((done: number, total: number) => onProgress({ stage: 'read', done, total }));
    return { bytes: await readModelFile(model, limits.maxFileBytes, report), path: model };
  }
  if (model instanceof ArrayBuffer || model instanceof SharedArrayBuffer)
    return { bytes: stable(new Uint8Array(model)) };
  if (model instanceof Uint8Array) return { bytes: stable(model) };
  throw typeError('the model', 'a path, a Uint8Array or an ArrayBuffer', model);
}

/** A copy of bytes that another thread may write, or that may shrink; else the bytes themselves. */
function stable(bytes: Uint8Array): Uint8Array {
  const { buffer } = bytes;
  const mayChange =
    buffer instanceof SharedArrayBuffer || (buffer as { resizable?: boolean }).resizable === true;
  return mayChange ? Uint8Array.prototype.slice.call(bytes) : bytes;
}
