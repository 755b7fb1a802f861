import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { scoresModel } from '../../support/network.ts';
import { writePhotos } from '../../support/photos.ts';
import { jsonLines, networkFolder } from '../../support/zeroskip.ts';

const { folder, run } = networkFolder();

beforeAll(async () => {
  await writePhotos(folder.path('photos'), 3);
  folder.write('scores.onnx', scoresModel(16));
  folder.write('labels.txt', 'a\nb\nc\nd\ne\nf\ng\nh\n');
});

const batch = (line: string) => run(`batch ${line} --threads 1 --workers 1`);

describe('zeroskip batch', () => {
  it('writes a result for each photo, and says so', async () => {
    const { status, out, err } = await batch('@model.onnx --inputs @photos --output @out --task tensor');
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toMatch(
      /^1 worker with 1 thread, 1 image per run\.\n3 inputs in [\d.]+ s \([\d.e+]+\/s\)\. Journal in \S+\.\n$/,
    );
    expect(readdirSync(folder.path('out')).sort()).toEqual([
      '000.npy',
      '001.npy',
      '002.npy',
      'journal.jsonl',
    ]);
    const again = await batch('@model.onnx --inputs @photos --output @out --task tensor');
    expect(again.out).toMatch(/^0 inputs in .*, 3 were done before\. /);
  });

  it('takes the task and the labels from the preset beside the model', async () => {
    folder.write(
      'scores.preset.json',
      JSON.stringify({ input: { resize: 'crop' }, output: { task: 'scores', labels: 'labels.txt', top: 2 } }),
    );
    const { status, out } = await batch('@scores.onnx --inputs @photos --output @scores --top 1');
    expect(status).toBe(0);
    expect(out).toMatch(/^Preset \S+scores\.preset\.json: scores, crop\.\n/);
    for (const { scores } of jsonLines(folder.path('scores/scores.jsonl'))) {
      expect(scores).toEqual([
        { label: expect.stringMatching(/^[a-h]$/), class: expect.any(Number), score: expect.any(Number) },
      ]);
    }
    await run('run @scores.onnx --input @photos/000.jpg --output @one.json');
    expect(JSON.parse(readFileSync(folder.path('one.json'), 'utf8')).scores).toHaveLength(2);
  });

  it('lists inputs without a result, and ends with status 4', async () => {
    folder.write('list.txt', `${folder.path('photos/000.jpg')}\n${folder.path('gone.jpg')}\n`);
    const { status, out, err } = await batch('@model.onnx --inputs @list.txt --output @listed --task tensor');
    expect(status).toBe(4);
    expect(out).toMatch(/1 input in .*, 1 without a result\. /);
    expect(err).toMatch(
      /^\S+gone\.jpg: Expected a readable file for an input, .*\nzeroskip: Expected a result for each input, received none for 1\.\n$/,
    );
  });

  it.each([
    ['no task', '@model.onnx --inputs @photos --output @x', 2, /Expected --task, or a preset/],
    [
      'a bucket without a journal',
      '@model.onnx --inputs @photos --output s3://b/x --task tensor',
      2,
      /Expected --journal/,
    ],
    [
      'inputs that are not there',
      '@model.onnx --inputs @none --output @x --task tensor',
      1,
      /for --inputs, .*no such file/,
    ],
    [
      'a preset that is none',
      '@model.onnx --inputs @photos --output @x --preset @labels.txt',
      1,
      /Expected JSON for the preset/,
    ],
    [
      'a model that is not there',
      '@none.onnx --inputs @photos --output @x --task tensor',
      1,
      /for the model, .*no such file/,
    ],
  ])('refuses %s', async (_, line, status, message) => {
    const result = await batch(line);
    expect(result.err).toMatch(message);
    expect(result.status).toBe(status);
  });
});

describe('zeroskip run', () => {
  it('refuses a task that the file, or the output, does not fit', async () => {
    const map = await run('run @model.onnx --input @photo.jpg --output @y.png --task mask');
    expect(map).toMatchObject({ status: 1, err: expect.stringContaining('a float32 mask of one channel') });
    const file = await run('run @model.onnx --input @photo.jpg --output @y.png --task scores');
    expect(file.status).toBe(2);
    expect(file.err).toMatch(/Expected one of image, mask, cutout, boxes for --task/);
  });
});
