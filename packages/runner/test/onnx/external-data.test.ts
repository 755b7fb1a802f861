import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { linkSync, mkdirSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { forms } from '@zeroskip/test-utils';
import { beforeEach, describe, expect, it } from 'vitest';
import { InferenceSession } from '../../src/index.ts';
import { testFolder } from '../support/folder.ts';
import { encode, float32, io, type Message, modelProto, node } from '../support/onnx.ts';
import { code } from '../support/refusal.ts';

const root = testFolder();
const file = (name: string) => root.path(`model/${name}`);
const write = (name: string, bytes: Uint8Array) => root.write(`model/${name}`, bytes);

beforeEach(() => {
  mkdirSync(root.path('model'));
  root.write('outside.bin', new Uint8Array(64));
});

/** A model that adds an external constant of four floats. */
function externalModel(entries: Readonly<Record<string, string>>): Uint8Array {
  const proto = modelProto({ nodes: [node('Add', ['x', 'b'], ['y'])], ...io({ x: [4] }, { y: [4] }) });
  const externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
  (proto.graph as Message).initializer = [
    { name: 'b', dims: [4], dataType: 1, dataLocation: 1, externalData },
  ];
  return encode('ModelProto', proto);
}

function create(entries: Readonly<Record<string, string>>): Promise<InferenceSession> {
  return InferenceSession.create(write('model.onnx', externalModel(entries)));
}

const values = new Uint8Array(new Float32Array([1, 2, 3, 4]).buffer);

async function sum(session: InferenceSession): Promise<number[]> {
  const { y } = await session.run({ x: float32([4], [1, 1, 1, 1]) });
  return Array.from(y!.data, Number);
}

describe('external data', () => {
  it('is read from a file beside the model', async () => {
    write('data/w.bin', new Uint8Array(new Float32Array([9, 1, 2, 3, 4]).buffer));
    await using session = await create({ location: 'data/w.bin', offset: '4', length: '16' });
    const { y } = await session.run({ x: float32([4], [1, 1, 1, 1]) });
    expect([...y!.data]).toEqual([2, 3, 4, 5]);
  });

  it.each([
    '/etc/hostname',
    '../outside.bin',
    'data/../../outside.bin',
    '..\\outside.bin',
    'w.bin\0.txt',
    'data//w.bin',
    '.',
    './../outside.bin',
    'C:w.bin',
    '',
  ])('is refused at %j', async (location) => {
    await expect(create({ location })).rejects.toThrow(code('ERR_INVALID_MODEL'));
  });

  it('is refused through a symbolic link to a file', async () => {
    symlinkSync(root.path('outside.bin'), file('w.bin'));
    await expect(create({ location: 'w.bin' })).rejects.toThrow(code('ERR_INVALID_MODEL'));
  });

  it('is refused through a symbolic link to a folder', async () => {
    symlinkSync(root.path(), file('up'));
    await expect(create({ location: 'up/outside.bin' })).rejects.toThrow(code('ERR_INVALID_MODEL'));
  });

  it('is refused through a hard link', async () => {
    linkSync(root.path('outside.bin'), file('w.bin'));
    await expect(create({ location: 'w.bin' })).rejects.toThrow(code('ERR_INVALID_MODEL'));
  });

  it('is refused when it is a folder, a pipe, or missing', async () => {
    mkdirSync(file('w.bin'));
    await expect(create({ location: 'w.bin' })).rejects.toThrow(code('ERR_INVALID_MODEL'));
    if (process.platform !== 'win32') {
      execFileSync('mkfifo', [file('pipe')]);
      await expect(create({ location: 'pipe' })).rejects.toThrow(code('ERR_INVALID_MODEL'));
    }
    await expect(create({ location: 'missing.bin' })).rejects.toThrow(code('ERR_FILE'));
  });

  it.each([
    ['a negative offset', { offset: '-4' }],
    ['an offset that is no number', { offset: '4x' }],
    ['an offset past the end', { offset: '64' }],
    ['a range past the end', { offset: '52' }],
    ['a negative length', { length: '-16' }],
    ['a huge length', { length: '9007199254740993' }],
    ['a huge offset', { offset: '99999999999999999999' }],
    ['a shorter length', { length: '12' }],
    ['a longer length', { length: '20' }],
  ])('is refused with %s', async (_what, entries) => {
    write('w.bin', new Uint8Array(64));
    await expect(create({ location: 'w.bin', ...entries })).rejects.toThrow(code('ERR_INVALID_MODEL'));
  });

  it('is refused beyond the size limit', async () => {
    write('w.bin', new Uint8Array(5000));
    const path = write('model.onnx', externalModel({ location: 'w.bin' }));
    const created = InferenceSession.create(path, { limits: { maxFileBytes: 4000 } });
    await expect(created).rejects.toThrow(code('ERR_LIMIT_EXCEEDED'));
  });

  it('is refused beyond the size limit of all files together', async () => {
    write('w.bin', new Uint8Array(64));
    const path = write('model.onnx', externalModel({ location: 'w.bin', length: '16' }));
    const create = (maxDataBytes: number) => InferenceSession.create(path, { limits: { maxDataBytes } });
    await (await create(64)).release();
    await expect(create(63)).rejects.toThrow(code('ERR_LIMIT_EXCEEDED'));
  });

  it.runIf(process.platform !== 'win32')('is refused when it is a socket', async () => {
    const server = createServer().listen(file('socket'));
    await once(server, 'listening');
    await expect(create({ location: 'socket' })).rejects.toThrow(code(expect.stringMatching(/^ERR_/)));
    server.close();
  });

  it('is read at a path that begins with ./', async () => {
    write('sub/w.bin', values);
    await using session = await create({ location: './sub/w.bin' });
    expect(await sum(session)).toEqual([2, 3, 4, 5]);
  });

  it.each([
    ['symbolic links', symlinkSync],
    ['hard links', linkSync],
  ])('is read through %s where they are followed, as in a cache of downloads', async (_what, link) => {
    root.write('blob', values);
    link(root.path('blob'), file('w.bin'));
    const path = write('model.onnx', externalModel({ location: 'w.bin' }));
    await using session = await InferenceSession.create(path, { followLinks: true });
    expect(await sum(session)).toEqual([2, 3, 4, 5]);
    await expect(InferenceSession.create(path)).rejects.toThrow('or option followLinks');
  });

  it('that is a pipe is refused also where links are followed', async () => {
    if (process.platform === 'win32') return;
    execFileSync('mkfifo', [file('w.bin')]);
    const path = write('model.onnx', externalModel({ location: 'w.bin' }));
    const created = InferenceSession.create(path, { followLinks: true });
    await expect(created).rejects.toThrow(code('ERR_INVALID_MODEL'));
  });

  it.each(Object.keys(forms))('is taken from option externalData as %s', async (form) => {
    const externalData = [{ path: './w.bin', data: forms[form]!(values) }];
    const model = externalModel({ location: 'w.bin' });
    await using session = await InferenceSession.create(model, { externalData });
    expect(await sum(session)).toEqual([2, 3, 4, 5]);
  });

  it.each([
    ['a path', () => root.write('elsewhere.bin', values)],
    ['a Blob', () => new Blob([values])],
  ])('is taken from option externalData as %s, within the limits', async (_form, data) => {
    const externalData = [{ path: 'w.bin', data: data() }];
    const model = externalModel({ location: 'w.bin' });
    await using session = await InferenceSession.create(model, { externalData });
    expect(await sum(session)).toEqual([2, 3, 4, 5]);
    const limits = { maxFileBytes: 15 };
    for (const each of [model.slice(), new Blob([model.slice()])]) {
      await expect(InferenceSession.create(each, { externalData, limits })).rejects.toThrow(
        code('ERR_LIMIT_EXCEEDED'),
      );
    }
  });

  it.each([
    ['no array', 'w.bin'],
    ['an entry without a path', [{ data: new Uint8Array(1) }]],
    ['an entry without data', [{ path: 'w.bin' }]],
    ['a path out of the folder', [{ path: '../w.bin', data: new Uint8Array(1) }]],
  ])('is refused where option externalData is %s', async (_what, externalData) => {
    const created = InferenceSession.create(externalModel({ location: 'w.bin' }), {
      externalData: externalData as never,
    });
    await expect(created).rejects.toThrow(code(expect.stringMatching(/^ERR_INVALID/)));
  });

  it('is never read for a model given as bytes', async () => {
    await expect(InferenceSession.create(externalModel({ location: 'w.bin' }))).rejects.toThrow(
      code('ERR_FILE'),
    );
  });
});
