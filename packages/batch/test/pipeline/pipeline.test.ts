import { InferenceSession, Tensor } from '@zeroskip/runner';
import { temporaryFolder } from '@zeroskip/test-utils/temporary-folder';
import { beforeAll, describe, expect, it } from 'vitest';
import { defaultPreparation } from '../../src/images/preparation.ts';
import { readInput } from '../../src/input/network-input.ts';
import { readNpy, writeNpy } from '../../src/npy.ts';
import type { Choice } from '../../src/pipeline/choice.ts';
import type { PipelineResult } from '../../src/pipeline/items.ts';
import { Pipeline, pipeline } from '../../src/pipeline/pipeline.ts';
import { network } from '../support/network.ts';
import { photo, writePhotos } from '../support/photos.ts';

const folder = temporaryFolder();
let model = '';
let names: string[] = [];
const items = () => names.map((name) => ({ name, file: folder.path(name) }));

beforeAll(async () => {
  model = folder.write('model.onnx', network());
  names = await writePhotos(folder.path('.'), 12);
});

/** What a session alone makes of a photo. */
async function expectedOf(name: string): Promise<Tensor> {
  await using session = await InferenceSession.create(model);
  const input = session.inputMetadata[0]!;
  const { tensor } = await readInput(folder.path(name), input, defaultPreparation);
  return (await session.run({ image: tensor })).mask!;
}

async function all<T>(results: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const result of results) list.push(result);
  return list;
}

const byName = (results: readonly PipelineResult[]) =>
  new Map(results.map((result) => [result.item.name, result]));

describe('pipeline', () => {
  it('gives what a session gives, for each item once', async () => {
    const results = await pipeline({ model, source: items(), task: { task: 'tensor' }, cores: 2, sink: all });
    expect(results.map(({ item }) => item.name).sort()).toEqual(names);
    for (const { item, file, sha256, error } of results) {
      expect(error).toBeUndefined();
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(readNpy(file!.bytes, 'y')).toEqual(await expectedOf(item.name));
    }
  });

  it('runs only images of one size together', async () => {
    const open = network({ batch: 'N', height: 'H', width: 'W' });
    const sizes = [
      [16, 24],
      [24, 16],
      [16, 16],
      [24, 16],
    ] as const;
    const source = sizes.map(([height, width], i) => {
      const values = Float32Array.from({ length: 3 * height * width }, (_, at) => ((at * 7 + i) % 11) / 11);
      return { name: String(i), file: writeNpy(new Tensor('float32', values, [1, 3, height, width])) };
    });
    const settings = { model: open, source, task: { task: 'tensor' }, cores: 1, workers: 1 } as const;
    const one = byName(await pipeline({ ...settings, batchSize: 1, sink: all }));
    for (const [name, { file, error }] of byName(await pipeline({ ...settings, batchSize: 4, sink: all }))) {
      expect(error).toBeUndefined();
      expect(readNpy(file!.bytes, 'y')).toEqual(readNpy(one.get(name)!.file!.bytes, 'y'));
    }
  });

  it('works for several at the same time, and after a source without items', async () => {
    await using threads = await Pipeline.create({ model, task: { task: 'tensor' }, cores: 2 });
    expect(await all(threads.process([]))).toEqual([]);
    const endless = function* () {
      for (let i = 0; i < 400; i++) yield items()[i % names.length]!;
    };
    const both = await Promise.all([all(threads.process(endless())), all(threads.process(items()))]);
    for (const [i, results] of both.entries()) {
      expect(results).toHaveLength([400, names.length][i]!);
      expect(results.filter(({ error }) => error)).toEqual([]);
    }
  });

  it('takes bytes, what fetches them, and arrays', async () => {
    const bytes = await photo(0);
    const array = writeNpy(new Tensor('float32', new Float32Array(576).fill(0.5), [1, 3, 16, 12]));
    const source = [
      { name: 'bytes', file: bytes },
      { name: 'fetched', file: async () => bytes },
      { name: 'array', file: array },
    ];
    const task = { task: 'outputs' } as const;
    const results = byName(
      await pipeline({ model: network(), source, task, cores: 2, workers: 1, sink: all }),
    );
    expect(results.get('bytes')!.outputs!.mask).toEqual(await expectedOf('000.jpg'));
    expect(results.get('fetched')!.outputs).toEqual(results.get('bytes')!.outputs);
    expect(results.get('array')!.outputs!.scores).toBeInstanceOf(Tensor);
  });

  it('reports what a file is at fault for, and goes on', async () => {
    const gone = { name: 'gone', file: folder.path('gone.jpg') };
    const source = [
      { name: 'text', file: Buffer.from('no photo') },
      { name: 'empty', file: Buffer.alloc(0) },
      gone,
      { name: 'lost', file: () => Promise.reject(new Error('no network')) },
      ...items(),
    ];
    const results = byName(
      await pipeline({ model, source, task: { task: 'mask' }, cores: 1, batchSize: 1, sink: all }),
    );
    expect(results.get('text')!.error).toMatchObject({ code: 'ERR_INVALID_FORMAT' });
    expect(results.get('empty')!.error).toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    expect(results.get('gone')!.error).toMatchObject({ code: 'ERR_FILE' });
    expect(results.get('gone')!.item).toBe(gone);
    expect(results.get('lost')!.error?.message).toBe('no network');
    expect([...results.values()].filter(({ file }) => file).length).toBe(names.length);
  });

  it.each([1, 3, 16])('gives each image of %i in one run its own result', async (batchSize) => {
    const open = network({ batch: 'n' });
    const results = await pipeline({
      model: open,
      source: items(),
      task: { task: 'tensor' },
      cores: 2,
      batchSize,
      sink: all,
    });
    expect(results).toHaveLength(names.length);
    for (const { item, file } of results) {
      const expected = await expectedOf(item.name);
      const found = readNpy(file!.bytes, 'y');
      expect(found.dims).toEqual(expected.dims);
      for (const [i, value] of (expected.data as Float32Array).entries()) {
        expect((found.data as Float32Array)[i]).toBeCloseTo(value, 5);
      }
    }
  });

  it('says how the work is spread', async () => {
    const choices: Choice[] = [];
    const sizes: number[] = [];
    await pipeline({
      model,
      source: items(),
      task: { task: 'scores', output: 'scores' },
      cores: 2,
      workers: 1,
      onChoice: (choice) => choices.push(choice),
      onBatchSize: async (size) => void sizes.push(size),
      sink: all,
    });
    expect(choices).toEqual([{ workers: 1, threads: 2, batchSize: 1, measured: [] }]);
    expect(sizes).toEqual([1]);
  });
});

describe('Pipeline', () => {
  it('takes no more of a source than keeps the cores busy', async () => {
    await using threads = await Pipeline.create({ model, task: { task: 'mask' }, cores: 2, workers: 2 });
    let taken = 0;
    async function* source() {
      for (;;) {
        taken++;
        yield items()[taken % names.length]!;
      }
    }
    for await (const _ of threads.process(source())) if (taken > 20) break;
    expect(taken).toBeLessThan(30);
    const again = await all(threads.process(items()));
    expect(again).toHaveLength(names.length);
  });

  it('gives a result before the source gives its next item', async () => {
    await using threads = await Pipeline.create({
      model: network({ batch: 'n' }),
      task: { task: 'mask' },
      batchSize: 4,
    });
    let give: () => void = () => undefined;
    async function* source() {
      for (const item of items().slice(0, 3)) {
        yield item;
        await new Promise<void>((resolve) => {
          give = resolve;
        });
      }
    }
    let count = 0;
    for await (const { error } of threads.process(source())) {
      expect(error).toBeUndefined();
      count++;
      give();
    }
    expect(count).toBe(3);
  });

  it('ends a source that waits when it is told to', async () => {
    await using threads = await Pipeline.create({ model, task: { task: 'mask' }, workers: 1 });
    const controller = new AbortController();
    async function* source() {
      yield items()[0]!;
      await new Promise(() => undefined);
    }
    let count = 0;
    for await (const _ of threads.process(source(), { signal: controller.signal })) {
      count++;
      controller.abort();
    }
    expect(count).toBe(1);
  });

  it('passes on what the source throws', async () => {
    await using threads = await Pipeline.create({ model, task: { task: 'mask' }, workers: 1 });
    async function* source() {
      yield items()[0]!;
      throw new Error('no more');
    }
    await expect(all(threads.process(source()))).rejects.toThrow('no more');
  });

  it.each([
    ['a model that is not there', { model: 'none.onnx' }, 'ERR_FILE'],
    [
      'an output that it does not have',
      { task: { task: 'mask', output: 'z' } as const },
      'ERR_INVALID_ARGUMENT',
    ],
    [
      'a size that it does not take',
      { preparation: { size: { width: 7, height: 7 } } },
      'ERR_INVALID_ARGUMENT',
    ],
  ])('refuses %s at once', async (_, changes, code) => {
    await expect(Pipeline.create({ model, task: { task: 'mask' }, ...changes })).rejects.toMatchObject({
      code,
    });
  });
});

it('refuses labels for other classes than the network has, before the first image', async () => {
  const task = { task: 'scores', output: 'scores', labels: ['cat', 'dog'] } as const;
  await expect(Pipeline.create({ model, task })).rejects.toThrow(
    'Expected 4 names, as the network has classes',
  );
});
