import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { benchCommandLine, shellLine } from '../../../src/commands/bench/again.ts';

describe('shellLine', () => {
  it('leaves plain words as they are', () => {
    expect(shellLine(['zeroskip', 'bench', './a-b_c.onnx', '--mean', '1,2.5'])).toBe(
      'zeroskip bench ./a-b_c.onnx --mean 1,2.5',
    );
  });

  it.each(["it's", 'two words', '$HOME', '*', '', 'a\\b', 'new\nline'])('a shell reads %j back', (word) => {
    expect(execFileSync('sh', ['-c', `printf %s ${shellLine([word])}`], { encoding: 'utf8' })).toBe(word);
  });
});

describe('benchCommandLine', () => {
  it('repeats what makes inputs of files', () => {
    const plain = { inputs: ['a.jpg'], runs: 7 };
    expect(benchCommandLine('m.onnx', plain)(2, ['--algorithms', 'cps'])).toBe(
      'zeroskip bench m.onnx --inputs a.jpg --threads 2 --runs 7 --algorithms cps',
    );
    const size = { width: 640, height: 480 };
    const shape = { name: 'x', dims: [1, 3, 480, 640] };
    const images = { preset: 'p.json', resize: 'crop', channels: 'bgr', mean: [1, 2], std: [2] } as const;
    expect(benchCommandLine('m.onnx', { ...plain, ...images, size, multipleOf: 32, shape })(1, [])).toBe(
      'zeroskip bench m.onnx --inputs a.jpg --preset p.json --resize crop --channels bgr --mean 1,2 --std 2 --size 640x480 --multiple-of 32 --shape x=1x3x480x640 --threads 1 --runs 7',
    );
  });
});
