import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { temporaryFolder } from '@zeroskip/test-utils/temporary-folder';
import { describe, expect, it } from 'vitest';
import { defaultPreparation } from '../../src/images/preparation.ts';
import { parsePreset } from '../../src/preset/preset.ts';
import { parseLabels, presetPath, readPreset } from '../../src/preset/read.ts';

const folder = temporaryFolder();

describe('parsePreset', () => {
  const parse = (value: unknown) => parsePreset(JSON.stringify(value), 'the preset');

  it('takes one number for all channels, and one for both sides', () => {
    expect(parse({ input: { mean: 128, std: [1, 2, 3], size: 640 } })).toEqual({
      input: { mean: [128], std: [1, 2, 3], size: { width: 640, height: 640 } },
    });
    expect(parse({})).toEqual({});
  });

  it.each([
    ['a mode that there is not', { input: { resize: 'squeeze' } }, /input\.resize/],
    ['a field that there is not', { input: { sise: 3 } }, /input\.sise/],
    ['a deviation of 0', { input: { std: [1, 0, 1] } }, /input\.std/],
    ['a share above 1', { input: { cropShare: 1.5 } }, /input\.cropShare/],
    ['a task that there is not', { output: { task: 'poetry' } }, /output\.task/],
    ['no object', [], /the preset/],
  ])('names the field of %s', (_, value, message) => {
    expect(() => parse(value)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_FORMAT' }));
    expect(() => parse(value)).toThrow(message);
  });

  it('says of a file that is not JSON that it is none', () => {
    expect(() => parsePreset('{', 'the preset')).toThrow('Expected JSON for the preset');
  });
});

describe('readPreset', () => {
  it('has a label for each line, so that a blank one moves no other', () => {
    expect(parseLabels('cat\r\n\ndog\n\n', 'labels')).toEqual(['cat', '', 'dog']);
  });

  it('is the one beside the model, with the labels that it names', async () => {
    const model = folder.path('models/net.v2.onnx');
    expect(presetPath(model)).toBe(folder.path('models/net.v2.preset.json'));
    expect(await readPreset(model)).toEqual({ preparation: defaultPreparation, task: {}, path: undefined });
    mkdirSync(dirname(model));
    folder.write('models/names.txt', 'cat\r\ndog\n\n');
    const preset = { input: { resize: 'crop' }, output: { task: 'scores', labels: 'names.txt' } };
    const path = folder.write('models/net.v2.preset.json', JSON.stringify(preset));
    expect(await readPreset(model)).toEqual({
      preparation: { ...defaultPreparation, resize: 'crop' },
      task: { task: 'scores', labels: ['cat', 'dog'] },
      path,
    });
  });

  it('is the one that is given, which must be there', async () => {
    await expect(readPreset('net.onnx', folder.path('none.json'))).rejects.toMatchObject({
      code: 'ERR_FILE',
    });
  });
});

describe('parseLabels', () => {
  it('reads lines, arrays and objects by number', () => {
    expect(parseLabels('a b\nc\n', 'x')).toEqual(['a b', 'c']);
    expect(parseLabels('["a", "b"]', 'x')).toEqual(['a', 'b']);
    expect(parseLabels('{"1": "b", "0": "a"}', 'x')).toEqual(['a', 'b']);
  });

  it.each(['[1]', '{"a": "b"}', '[', '{"0": "a", "2": "c"}'])('refuses %s', (text) => {
    expect(() => parseLabels(text, 'x')).toThrow(expect.objectContaining({ code: 'ERR_INVALID_FORMAT' }));
  });
});
