import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Writes a file whole or not at all; one that has these bytes already is left as it is. */
export async function writeChanged(target: string, bytes: Uint8Array): Promise<void> {
  const present = await readFile(target).catch(() => undefined);
  if (present?.equals(bytes)) return;
  const beside = `${target}.${process.pid}.tmp`;
  await mkdir(dirname(target), { recursive: true });
  await writeFile(beside, bytes);
  await rename(beside, target);
}
