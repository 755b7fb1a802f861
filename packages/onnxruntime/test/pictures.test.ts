import { pathToFileURL } from 'node:url';
import { PNG } from 'pngjs';
import { describe, expect, it, vi } from 'vitest';
import { Tensor } from '../src/index.ts';
import { testFolder } from './support/folder.ts';
import { serve } from './support/server.ts';

/** Red, half transparent green; blue, white. */
const rgba = [255, 0, 0, 255, 0, 255, 0, 128, 0, 0, 255, 255, 255, 255, 255, 255];
const picture = Object.assign(new PNG({ width: 2, height: 2 }), { data: Buffer.from(rgba) });
const png = new Uint8Array(PNG.sync.write(picture));

const file = testFolder();
const path = file('picture.png', png);
const url = await serve({ 'picture.png': png });
const planes = [
  [1, 0, 0, 1],
  [0, 1, 0, 1],
  [0, 0, 1, 1],
];
const values = (tensor: Tensor) => Array.from(tensor.data as Float32Array);
const fromImage = Tensor.fromImage as unknown as (image: unknown, options?: object) => Promise<Tensor>;

describe('pictures without a canvas', () => {
  it.each<[string, unknown]>([
    ['a path', path],
    ['a file URL', pathToFileURL(path).href],
    ['a URL', `${url}picture.png`],
    ['a data URL', `data:image/png;base64,${Buffer.from(png).toString('base64')}`],
    ['bytes', png],
    ['a buffer', png.buffer],
    ['pixels', { data: Uint8ClampedArray.from(rgba), width: 2, height: 2 }],
  ])('are made of %s', async (_what, source) => {
    const tensor = await fromImage(source);
    expect(tensor).toMatchObject({ type: 'float32', dims: [1, 3, 2, 2] });
    expect(values(tensor)).toEqual(planes.flat());
  });

  it('have the format and the normalization that they are asked for', async () => {
    const bgra = await fromImage(path, { tensorFormat: 'BGR', norm: { mean: 1, bias: [1, 2, 3] } });
    expect(values(bgra)).toEqual([
      ...planes[2]!.map((share) => 255 * share + 3),
      ...planes[1]!.map((share) => 255 * share + 2),
      ...planes[0]!.map((share) => 255 * share + 1),
    ]);
    const alpha = values(await fromImage(path, { tensorFormat: 'RGBA', norm: { mean: 1 } })).slice(12);
    expect(alpha).toEqual([255, 128, 255, 255]);
  });

  it.each([file('nothing.png'), file('text.png', Buffer.from('text')), `${url}nothing.png`])(
    '%s is refused',
    async (source) => {
      await expect(fromImage(source)).rejects.toMatchObject({ code: 'ERR_FILE' });
    },
  );

  it('become ImageData and a PNG', async () => {
    const tensor = await fromImage(path, { tensorFormat: 'RGBA' });
    const pixels = tensor.toImageData({ format: 'RGBA' });
    expect({ ...pixels }).toEqual({ data: Uint8ClampedArray.from(rgba), width: 2, height: 2 });
    const [kind, base64] = tensor.toDataURL({ format: 'RGBA' }).split(',');
    expect(kind).toBe('data:image/png;base64');
    expect([...PNG.sync.read(Buffer.from(base64!, 'base64')).data]).toEqual(rgba);
  });

  it('name sharp where it is not installed', async () => {
    vi.doMock('sharp', () => {
      throw new Error('Cannot find package');
    });
    await expect(fromImage(path)).rejects.toThrow('npm install sharp');
    vi.doUnmock('sharp');
  });
});
