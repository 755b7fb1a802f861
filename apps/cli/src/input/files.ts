import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isInputName } from '@zeroskip/batch';
import { rangeError } from '@zeroskip/tensor';

/**
 * Files that `paths` name; a folder stands for the images and arrays in it, by name.
 * @throws with code `ERR_INVALID_ARGUMENT` for a folder without any
 */
export async function inputFiles(paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    // What cannot be looked at is reported where it is read.
    const isFolder = await stat(path).then(
      (entry) => entry.isDirectory(),
      () => false,
    );
    if (!isFolder) {
      files.push(path);
      continue;
    }
    const inside = (await readdir(path)).filter((name) => isInputName(name)).sort();
    if (inside.length === 0) {
      throw rangeError(
        `--input ${JSON.stringify(path)}`,
        'a folder with images or .npy files',
        'one without',
      );
    }
    files.push(...inside.map((name) => join(path, name)));
  }
  return files;
}
