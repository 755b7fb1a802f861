import type { SessionOptions as RunnerOptions } from '@zeroskip/runner';
import { typeError } from '@zeroskip/tensor';
import { fetchedBytes, isUrl } from '../files.ts';
import type { ExternalDataFileType, FileType } from '../onnx-model.ts';
import { localPath } from '../platform/platform.ts';

type ExternalDataFile = NonNullable<RunnerOptions['externalData']>[number];

/** What the runner reads: a path, or bytes that nothing else writes to. */
export async function modelSource(model: string | Uint8Array): Promise<string | Uint8Array> {
  if (typeof model !== 'string') return model.slice();
  return isUrl(model) ? fetchedBytes(model) : localPath(model);
}

async function fileSource(file: FileType): Promise<ExternalDataFile['data']> {
  if (typeof file === 'string') return isUrl(file) ? fetchedBytes(file) : localPath(file);
  if (typeof file === 'object' && file !== null && 'arrayBuffer' in file)
    return new Uint8Array(await file.arrayBuffer());
  return file as Uint8Array;
}

/** Files of external data as the runner takes them. */
export function externalFiles(files: readonly ExternalDataFileType[]): Promise<ExternalDataFile[]> {
  return Promise.all(
    files.map(async (file) => {
      const { path, data } = typeof file === 'string' ? { path: file, data: file } : (file ?? {});
      if (typeof path !== 'string') throw typeError('externalData', 'strings or { path, data }', file);
      return { path, data: await fileSource(data) };
    }),
  );
}
