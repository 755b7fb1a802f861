import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addonPath } from '@zeroskip/kernels';
import { bundle } from '@zeroskip/test-utils/bundle';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { networks } from './stress/networks.ts';

const source = join(dirname(fileURLToPath(import.meta.url)), '..', 'src', 'index.ts');
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'zeroskip-exit-'));
  for (const format of ['esm', 'cjs'] as const) await bundle({ runner: source }, folder, format);
  copyFileSync(addonPath(), join(folder, 'one.node'));
  copyFileSync(addonPath(), join(folder, 'two.node'));
  writeFileSync(join(folder, 'model.onnx'), networks[0]!.bytes);
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true }));

const prelude = `
import { InferenceSession, Tensor } from './runner.mjs';
const image = (size) => new Tensor('float32', new Float32Array(3 * size * size).fill(0.5), [1, 3, size, size]);
const open = (Session = InferenceSession) => Session.create('model.onnx', { intraOpNumThreads: 2 });
`;

/** What a program, run in a process of its own, ended with. */
function ended(name: string, program: string) {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, prelude + program);
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [path], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, NODE_OPTIONS: '', ZEROSKIP_ADDON: join(folder, 'one.node') },
  });
  return { status, signal, stdout, stderr };
}

const cleanly = (stdout: string) => ({ status: 0, signal: null, stdout, stderr: '' });

describe('a process ends cleanly', () => {
  it('with sessions that are not released', () => {
    const program = `
      const sessions = await Promise.all([open(), open(), open()]);
      for (const session of sessions) await session.run({ x: image(24) });
      console.log('ran');`;
    expect(ended('alive', program)).toEqual(cleanly('ran\n'));
  });

  it('in the middle of runs', () => {
    const program = `
      const session = await open();
      for (let i = 0; i < 8; i++) session.run({ x: image(256) });
      setTimeout(() => { console.log('leaving'); process.exit(0); }, 20);`;
    expect(ended('leaving', program)).toEqual(cleanly('leaving\n'));
  });

  it('with worker threads that end with sessions alive, and that are terminated in the middle of runs', () => {
    writeFileSync(
      join(folder, 'worker.mjs'),
      `${prelude}
      import { parentPort, workerData } from 'node:worker_threads';
      const session = await open();
      await session.run({ x: image(24) });
      parentPort.postMessage('ran');
      while (workerData.isEndless) await Promise.all([session.run({ x: image(64) }), session.run({ x: image(48) })]);`,
    );
    const program = `
      import { once } from 'node:events';
      import { Worker } from 'node:worker_threads';
      const start = (isEndless) => new Worker('./worker.mjs', { workerData: { isEndless } });
      const [code] = await once(start(false), 'exit');
      for (let i = 0; i < 30; i++) {
        const worker = start(true);
        await once(worker, 'message');
        await new Promise((resolve) => setTimeout(resolve, i));
        await worker.terminate();
      }
      const session = await open();
      await session.run({ x: image(24) });
      console.log(code);`;
    expect(ended('workers', program)).toEqual(cleanly('0\n'));
  });

  it('with two copies of the module, ESM and CommonJS, on one addon and on two', () => {
    const program = `
      import { createRequire } from 'node:module';
      import { digest } from './digest.mjs';
      const load = createRequire(import.meta.url);
      const first = await open();
      const other = await open(load('./runner.cjs').InferenceSession);
      process.env.ZEROSKIP_ADDON = new URL('./two.node', import.meta.url).pathname;
      delete load.cache[load.resolve('./runner.cjs')];
      const third = await open(load('./runner.cjs').InferenceSession);
      const runs = [first, other, third].map((session) => session.run({ x: image(40) }));
      const answers = (await Promise.all(runs)).map(digest);
      console.log(new Set(answers).size, answers.length);`;
    writeFileSync(
      join(folder, 'digest.mjs'),
      'export const digest = (results) => Object.values(results).map(({ data }) => Buffer.from(data.buffer).toString("hex")).join();',
    );
    expect(ended('twice', program)).toEqual(cleanly('1 3\n'));
  });

  it('by a signal, in the middle of runs', () => {
    for (const signal of ['SIGINT', 'SIGTERM']) {
      const program = `
        const session = await open();
        for (let i = 0; i < 8; i++) session.run({ x: image(256) });
        setTimeout(() => process.kill(process.pid, '${signal}'), 20);`;
      expect(ended('signal', program)).toEqual({ status: null, signal, stdout: '', stderr: '' });
    }
  });
});
