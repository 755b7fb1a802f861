import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { shellLine } from '../src/command-line.ts';

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
