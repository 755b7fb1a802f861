import { describe, expect, it } from 'vitest';
import { zooInputs } from '../src/zoo/inputs.ts';
import type { ZooResult } from '../src/zoo/measure.ts';
import { type ZooModel, zooModels } from '../src/zoo/model.ts';
import { replaceSection } from '../src/zoo/section.ts';
import { zooTable } from '../src/zoo/table.ts';

const model = (inputs: ZooModel['inputs']): ZooModel => ({
  name: 'net',
  package: 'p@1.0.0',
  file: 'net.onnx',
  inputs,
});

describe('the networks of npm packages', () => {
  it('have names of their own, a version and a file or a name in the package', async () => {
    const all = await zooModels();
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    for (const { package: name, file, assembled } of all) {
      expect(name).toMatch(/^(@[\w-]+\/)?[\w.-]+@\d+\.\d+\.\d+$/);
      expect([file, assembled].filter((each) => each !== undefined)).toHaveLength(1);
    }
  });

  it('are found by a part of their names, or the part is named', async () => {
    expect((await zooModels('silero')).length).toBeGreaterThan(2);
    await expect(zooModels('no such network')).rejects.toThrow('received no such network');
  });

  it('get photos in either layout, sounds, uniform values, integers and zeros, the same at every start', async () => {
    const inputs = {
      first: { dims: [1, 3, 4, 5], photo: { layout: 'NCHW', mean: [10, 20, 30], std: 2 } },
      last: { dims: [1, 4, 5, 3], photo: { layout: 'NHWC', mean: [10, 20, 30], std: 2 } },
      uniform: { dims: [50], uniform: [3, 4] },
      sound: { dims: [50], sound: 2 },
      integers: { dims: [2], integers: [7, 8] },
      zeros: { dims: [2, 2] },
    } as const;
    const feeds = await zooInputs(model(inputs));
    expect(await zooInputs(model(inputs))).toEqual(feeds);
    for (let c = 0; c < 3; c++) {
      for (let pixel = 0; pixel < 20; pixel++) {
        expect(feeds.first!.data[c * 20 + pixel]).toBe(feeds.last!.data[pixel * 3 + c]);
      }
    }
    expect(Math.min(...(feeds.uniform!.data as Float32Array))).toBeGreaterThanOrEqual(3);
    expect(Math.max(...(feeds.uniform!.data as Float32Array))).toBeLessThan(4);
    expect(Math.max(...(feeds.sound!.data as Float32Array))).toBeLessThanOrEqual(2);
    expect([...feeds.integers!.data]).toEqual([7n, 8n]);
    expect([...feeds.zeros!.data]).toEqual([0, 0, 0, 0]);
  });

  it('are listed with what they come to, and with the reason of those that do not run', () => {
    const result = (threads: number, ratio: number): ZooResult => ({
      threads,
      onnxruntimeMs: 2 * ratio,
      zeroskipMs: 2,
      ratio,
      quartiles: [ratio - 0.1, ratio + 0.1],
      loadRatio: 1.5,
      difference: 2e-7,
      lateMs: 1,
    });
    const rows = [
      { model: model({}), results: [result(1, 2), result(2, 0.5)] },
      { model: model({}), results: [result(1, 0.5), result(2, 2)] },
      { model: model({}), results: [{ problem: 'no a|b' }, { problem: 'no' }] },
    ];
    const table = zooTable(rows);
    expect(table).toContain('| net | 4.00 | 2.00 | 2.00× (1.90–2.10) | 0.50× (0.40–0.60) | 1.50× | 2e-7 |');
    expect(table).toContain('| net | no a\\|b |');
    expect(table).toContain('geometric mean 1.00×, median 2.00×, from 0.50× to 2.00×; 1 of 2 slower');
  });

  it('have a section of a page', () => {
    const page = '# A\n\n## B\n\nold\n\n## C\n\nrest\n';
    expect(replaceSection(page, 'B', 'new')).toBe('# A\n\n## B\n\nnew\n\n## C\n\nrest\n');
    expect(replaceSection(page, 'C', 'new')).toBe('# A\n\n## B\n\nold\n\n## C\n\nnew\n');
    expect(() => replaceSection(page, 'D', 'new')).toThrow('## D');
  });
});
