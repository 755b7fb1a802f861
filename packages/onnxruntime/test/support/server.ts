import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';

/** Serves files by name for the tests of a file. @returns the URL that their names follow */
export async function serve(files: Readonly<Record<string, Uint8Array>>): Promise<string> {
  const server = createServer(({ url = '' }, response) => {
    const bytes = files[url.slice(1)];
    response.statusCode = bytes ? 200 : 404;
    response.end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
