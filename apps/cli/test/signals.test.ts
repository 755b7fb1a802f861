import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { writeNpy } from '@zeroskip/batch';
import { Tensor } from '@zeroskip/tensor';
import { sparseValues } from '@zeroskip/test-utils';
import { temporaryFolder } from '@zeroskip/test-utils/temporary-folder';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { twoConvolutionsModel } from './support/network.ts';
import { type Ended, Program, packageRoot, type Started } from './support/program.ts';

/** Beside bin/, as dist/ is, so that packages and the scripts of peers are found. */
const outDir = join(packageRoot, '.cache');
const program = new Program(outDir);
const start = (args: readonly string[]) => program.start(args);

const folder = temporaryFolder();
const file = (name: string) => folder.path(name);
const SIZES = [
  ['small', 16, 12],
  ['large', 256, 256],
] as const;
const network = (name: (typeof SIZES)[number][0]) => [file(`${name}.onnx`), '--input', file(`${name}.npy`)];

beforeAll(async () => {
  await program.build();
  folder.write('shapes.txt', 'plain 4 12 10 8 3 1 1 1 0.25\n'.repeat(20_000));
  for (const [name, height, width] of SIZES) {
    folder.write(`${name}.onnx`, twoConvolutionsModel(height, width));
    const values = sparseValues(3 * height * width, 0.5, 7);
    folder.write(`${name}.npy`, writeNpy(new Tensor('float32', values, [1, 3, height, width])));
  }
  for (const made of [
    ['select', ...network('small'), '--estimate', '--output', file('plan.json')],
    ['bench', ...network('small'), '--runs', '3', '--json', file('first.json')],
  ]) {
    expect(await ended(start(made))).toMatchObject({ status: 0, err: '' });
  }
});

afterAll(() => rmSync(outDir, { recursive: true, force: true }));

const ended = ({ end }: Started): Promise<Ended> => end;

/** What Ctrl-C does: the processes of peers get the signal, too. */
const interrupt = ({ child }: Started, signal: NodeJS.Signals) => process.kill(-child.pid!, signal);

const isWholeJson = (path: string) => typeof JSON.parse(readFileSync(path, 'utf8')) === 'object';

const STATUS = { SIGINT: 130, SIGTERM: 143 } as const;
const signals = ['SIGINT', 'SIGTERM'] as const;

const endless = ['--runs', '100000'];

describe.each(signals)('%s', (signal) => {
  /** Commands that go on until told to stop, and then write what they have. */
  it.each([
    ['bench', () => [...network('large'), ...endless]],
    ['bench', () => [...network('large'), ...endless, '--peers', 'onnxruntime']],
    ['layers', () => ['--shapes', file('shapes.txt'), '--runs', '20']],
  ])('%s ends with what it has measured', async (command, args) => {
    const report = file('report.json');
    rmSync(report, { force: true });
    // Node takes a while to start, and until then a signal ends it without a word.
    for (let ms = 500; ; ms *= 1.5) {
      const started = start([command, ...args(), '--json', report]);
      await delay(ms);
      interrupt(started, signal);
      const { status, signal: by, err } = await ended(started);
      if ((by === signal || !existsSync(report)) && ms < 20_000) continue;
      expect({ status, by, err }).toEqual({
        status: STATUS[signal],
        by: null,
        err: expect.stringMatching(/Interrupted/),
      });
      expect(isWholeJson(report)).toBe(true);
      return;
    }
  });

  /** Commands that it ends at once, or that are over soon. */
  it.each([
    ['select', () => [...network('large'), '--output', file('written.npy')]],
    ['run', () => [...network('small'), '--output', file('written.npy')]],
    ['inspect', () => [...network('small'), '--json', file('written.npy')]],
    ['paper', () => [...network('small'), '--budget', '1', '--json', file('written.npy')]],
    ['explain', () => [file('plan.json')]],
    ['compare', () => [file('first.json'), file('first.json'), '--json', file('written.npy')]],
    ['list', () => []],
    ['roofline', () => ['--json', file('written.npy')]],
  ])('%s leaves files whole, whenever it comes', async (command, args) => {
    for (const ms of [60, 200, 350, 500]) {
      folder.write('written.npy', 'as before');
      const started = start([command, ...args()]);
      const isOver = await Promise.race([ended(started).then(() => true), delay(ms, false)]);
      if (!isOver) interrupt(started, signal);
      const { status, signal: by, err } = await ended(started);
      expect({ err, end: by ?? status }).toEqual({
        err:
          status === STATUS[signal]
            ? expect.stringMatching(/^(What was measured is in [^\n]+\n)?zeroskip: Interrupted\.\n$/)
            : '',
        end: expect.toBeOneOf([signal, 0, STATUS[signal]]),
      });
      const left = readFileSync(file('written.npy'));
      expect(
        left.equals(Buffer.from('as before')) ||
          left.subarray(1, 6).equals(Buffer.from('NUMPY')) ||
          isWholeJson(file('written.npy')),
      ).toBe(true);
    }
  });
});
