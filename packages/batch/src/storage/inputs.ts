import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { rangeError } from '@zeroskip/tensor';
import { Folder } from './folder.ts';
import { FileList, listAt, listFrom } from './list.ts';
import { openStorage } from './open.ts';
import { isInputName, type Storage } from './storage.ts';

/**
 * What `--inputs` names: a folder with all below it, `s3://bucket/folder`, a text file with a path on each line, `-`
 * for such lines on standard input, or files.
 * @throws with code `ERR_FILE` for what is not there, `ERR_INVALID_ARGUMENT` for several that are not files
 */
export async function openInputs(
  paths: readonly string[],
  stdin: Readable = process.stdin,
): Promise<Storage> {
  const [path = '', ...others] = paths;
  if (others.length > 0) {
    const other = paths.find((each) => !isInputName(each));
    if (other !== undefined) {
      throw rangeError('--inputs', 'one folder, bucket or list, or images and .npy files', other);
    }
    return new FileList(() => paths, paths.length);
  }
  if (path === '-') return listFrom(stdin);
  if (path.startsWith('s3:')) return openStorage(path);
  const isFolder = await stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  if (isFolder) return new Folder(path);
  return isInputName(path) ? new FileList(() => [path], 1) : listAt(path);
}
