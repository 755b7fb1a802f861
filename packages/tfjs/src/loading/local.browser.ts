/** A page fetches addresses of any kind. */
export const localPath = (_url: string) => undefined;

export async function readText(_path: string): Promise<string> {
  throw new TypeError('A page reads no files.');
}
