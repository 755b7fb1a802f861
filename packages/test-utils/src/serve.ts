import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { extname, join } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};
const ISOLATED = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/**
 * Serves the files of a folder, and `extra` ones by name, on a port of this machine; those of paths that begin with
 * `/isolated` with the headers that a page needs for shared memory.
 */
export async function serve(
  folder: string,
  extra: ReadonlyMap<string, string | Uint8Array>,
): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, 'http://localhost');
    const path = decodeURIComponent(pathname.replace(/^\/(isolated|plain)\//, '/'));
    const headers = { ...(pathname.startsWith('/isolated/') ? ISOLATED : {}), 'Cache-Control': 'no-store' };
    const given = extra.get(path.slice(1));
    const file = typeof given === 'string' ? given : join(folder, path);
    if (given instanceof Uint8Array) return response.writeHead(200, headers).end(given);
    if (!existsSync(file) || !statSync(file).isFile()) return response.writeHead(404, headers).end();
    response.writeHead(200, {
      ...headers,
      'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
    });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return { server, url: `http://127.0.0.1:${port}` };
}
