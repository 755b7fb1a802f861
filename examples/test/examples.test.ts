import { readFileSync } from 'node:fs';
import { format } from 'node:util';
import { expect, it, vi } from 'vitest';

async function printed(example: string): Promise<string> {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  try {
    await import(/* @vite-ignore */ `../${example}`);
    return log.mock.calls.map((values) => `${format(...values)}\n`).join('');
  } finally {
    log.mockRestore();
  }
}

it('first: what the README of the repository begins with', async () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const [, code, output] = /```js\n(.*?)```\n\nprints\n\n```text\n(.*?)```/s.exec(readme)!;
  expect(readFileSync(new URL('../first.mjs', import.meta.url), 'utf8')).toBe(code);
  expect(await printed('first.mjs')).toBe(output);
});

it('01: tensors', async () => {
  expect(await printed('01-tensor.ts')).toBe(
    'channels first: 1 2 3 4 5 6 7 8\nchannels last:  1 5 2 6 3 7 4 8\na 224 × 224 image becomes 112 × 112\n',
  );
});

it('02: formats', async () => {
  const lines = await printed('02-encode.ts');
  expect(lines).toMatch(/^2\d % of the map is not zero\ncps: \d+ bytes, lossless\n/);
  expect(lines).toContain('im2col: 7225344 bytes\n');
});

it('03: convolutions', async () => {
  expect(await printed('03-convolve.ts')).toBe('output: 1 × 8 × 16 × 16\ncps and im2col agree: true\n');
});

it('04: selection', async () => {
  const [first, ...times] = (await printed('04-select.ts')).trim().split('\n');
  const [fastest] = times.map((line) => line.split(':')[0]);
  expect(first).toMatch(/^chosen: \w+$/);
  expect(times.join('\n')).toMatch(/^cps: [\d.]+ ms$/m);
  expect(times.join('\n')).toMatch(/^im2col: [\d.]+ ms$/m);
  expect(times.map((line) => line.split(':')[0])).toContain(first!.slice('chosen: '.length));
  expect(fastest).toBeDefined();
});

it('05: networks', async () => {
  expect(await printed('05-run-onnx.ts')).toBe(
    'inputs: image\nedges: cps, 25 % of the input is not zero\nedges: 0 10 10 0\n',
  );
});
