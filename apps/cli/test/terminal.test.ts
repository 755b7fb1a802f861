import { describe, expect, it } from 'vitest';
import { processTerminal } from '../src/terminal.ts';

function fakeProcess(stdoutIsTTY: boolean, stderrIsTTY: boolean) {
  const written = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr', isTTY: boolean) => ({
    isTTY,
    columns: 100,
    write: (text: string) => {
      written[name] += text;
      return true;
    },
    on: () => {},
    removeListener: () => {},
  });
  const fake = { stdout: stream('stdout', stdoutIsTTY), stderr: stream('stderr', stderrIsTTY) };
  return { written, process: fake as unknown as NodeJS.Process };
}

function showProgress(process: NodeJS.Process): void {
  const progress = processTerminal(process).progress('Timing');
  progress.update(1, 2, 'half');
  progress.stop();
}

describe('processTerminal', () => {
  it('prints to standard output and warns on standard error', () => {
    const { written, process } = fakeProcess(false, false);
    processTerminal(process).print('result');
    processTerminal(process).warn('warning');
    expect(written).toEqual({ stdout: 'result\n', stderr: 'warning\n' });
  });

  it('draws bars on standard error when a person watches', () => {
    const { written, process } = fakeProcess(true, true);
    showProgress(process);
    expect(written.stderr).toContain('Timing');
    expect(written.stdout).toBe('');
  });

  it.each([
    [false, true],
    [true, false],
    [false, false],
  ])('draws none with stdout a terminal: %s, stderr a terminal: %s', (stdout, stderr) => {
    const { written, process } = fakeProcess(stdout, stderr);
    showProgress(process);
    expect(written).toEqual({ stdout: '', stderr: '' });
  });
});
