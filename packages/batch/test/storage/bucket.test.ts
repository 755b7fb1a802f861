import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStorage } from '../../src/storage/open.ts';
import type { Storage } from '../../src/storage/storage.ts';

/** Objects of one bucket, by key, as a server that speaks S3 has them. */
const objects = new Map<string, Buffer>();
const tag = (bytes: Buffer) => `&quot;${createHash('md5').update(bytes).digest('hex')}&quot;`;

function listing(prefix: string): string {
  const contents = [...objects]
    .filter(([key]) => key.startsWith(prefix))
    .map(
      ([key, bytes]) =>
        `<Contents><Key>${key}</Key><ETag>${tag(bytes)}</ETag><Size>${bytes.length}</Size></Contents>`,
    );
  return `<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`;
}

let server: Server;
let photos: Storage;
const before = { ...process.env };

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const url = new URL(request.url!, 'http://s3');
    const key = decodeURIComponent(url.pathname.replace(/^\/bucket\/?/, ''));
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (request.method === 'PUT') {
      objects.set(key, Buffer.concat(chunks));
      return response.end();
    }
    const found = objects.get(key);
    if (key === '') response.end(listing(url.searchParams.get('prefix') ?? ''));
    else if (key.includes('secret')) response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>');
    else if (found === undefined) response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
    else
      response.writeHead(200, { 'content-length': found.length }).end(request.method === 'GET' ? found : '');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'key',
    AWS_REQUEST_CHECKSUM_CALCULATION: 'WHEN_REQUIRED',
  });
  photos = await openStorage('s3://bucket/photos/');
  objects.set('photos/a/one.jpg', Buffer.from('one'));
  objects.set('photos/two.png', Buffer.from('two'));
  objects.set('photos/notes.txt', Buffer.from('notes'));
  objects.set('other/three.png', Buffer.from('three'));
});
afterAll(async () => {
  photos.close();
  process.env = before;
  await new Promise((resolve) => server.close(resolve));
});

describe('a bucket', () => {
  it('lists images below its folder', async () => {
    const entries = [];
    for await (const entry of photos.list()) entries.push(entry);
    expect(entries.map(({ name, stem }) => [name, stem])).toEqual([
      ['a/one.jpg', 'a/one.jpg'],
      ['two.png', 'two.png'],
    ]);
    expect(entries[0]!.version).toMatch(/^3-"[0-9a-f]{32}"$/);
    expect(await photos.count()).toBe(2);
  });

  it('gives and takes files', async () => {
    const fetch = photos.file('a/one.jpg') as () => Promise<Uint8Array>;
    expect(Buffer.from(await fetch()).toString()).toBe('one');
    await photos.write('a/one.png', Buffer.from('result'));
    expect(objects.get('photos/a/one.png')!.toString()).toBe('result');
    expect(await photos.size('a/one.png')).toBe(6);
    expect(await photos.size('none.png')).toBeUndefined();
  });

  it('says which file it does not give, and why', async () => {
    const fetch = photos.file('secret.jpg') as () => Promise<Uint8Array>;
    await expect(fetch()).rejects.toMatchObject({
      code: 'ERR_STORAGE',
      message: expect.stringContaining('s3://bucket/photos/secret.jpg'),
    });
    await expect(photos.size('secret.jpg')).rejects.toMatchObject({ code: 'ERR_STORAGE' });
  });

  it('has a name', async () => {
    await expect(openStorage('s3:///photos')).rejects.toThrow('Expected s3://<bucket>/<folder> for a bucket');
  });
});
