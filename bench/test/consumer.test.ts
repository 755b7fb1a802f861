import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exportOnnx } from '@zeroskip/runner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pnpm } from '../../scripts/processes.mjs';
import { nsfwModels, prepareNsfw } from '../src/nsfw.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const packages = ['tensor', 'formats', 'kernels', 'selector', 'onnx', 'tensorflow', 'runner'];

/** An application for either engine, but for what it imports. */
const application = `
import { readFile } from 'node:fs/promises';
import { InferenceSession, Tensor } from 'ENGINE';

async function main(path: string): Promise<void> {
  const bytes: Uint8Array = await readFile(path);
  for (const model of [path, bytes]) {
    const session =
      typeof model === 'string'
        ? await InferenceSession.create(model, { intraOpNumThreads: 1 })
        : await InferenceSession.create(model);
    const inputName: string = session.inputNames[0]!;
    const outputName: string = session.outputNames[0]!;
    const pixels = Float32Array.from({ length: 224 * 224 * 3 }, (_, i) => (i % 251) / 251);
    const image = new Tensor('float32', pixels, [1, 224, 224, 3]);
    const results = await session.run({ [inputName]: image }, [outputName]);
    const { data, dims, type } = results[outputName]!;
    console.log(JSON.stringify({ dims, type, data: Array.from(data as Float32Array) }));
    await session.release();
  }
}

main(process.argv[2]!);
`;

let folder: string;

function pnpmRun(...args: string[]): void {
  const [command, ...first] = pnpm();
  execFileSync(command, [...first, ...args], { cwd: repository, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Packs what is published into a project, as an installation would; what these packages depend on is linked. */
async function install(): Promise<void> {
  pnpmRun('exec', 'turbo', 'run', 'build', '--filter=@zeroskip/runner', '--output-logs=errors-only');
  const scope = join(folder, 'node_modules', '@zeroskip');
  for (const name of packages) {
    const source = join(repository, 'packages', name);
    const target = join(scope, name);
    mkdirSync(target, { recursive: true });
    pnpmRun('--dir', source, 'pack', '--out', join(folder, `${name}.tgz`));
    execFileSync('tar', ['-xzf', join(folder, `${name}.tgz`), '-C', target, '--strip-components=1']);
  }
  const link = (name: string, from: string) => {
    const at = join(folder, 'node_modules', name);
    mkdirSync(dirname(at), { recursive: true });
    symlinkSync(from, at);
  };
  for (const [by, name] of [
    ['onnx', 'protobufjs'],
    ['tensorflow', 'flatbuffers'],
    ['tensorflow', 'valibot'],
  ] as const)
    link(name, join(repository, 'packages', by, 'node_modules', name));
  link('onnxruntime-node', join(repository, 'bench', 'node_modules', 'onnxruntime-node'));
  link('@types/node', join(repository, 'node_modules', '@types', 'node'));
  // The addon as "node-gyp rebuild" leaves it.
  const addon = join('build', 'Release', 'zeroskip.node');
  mkdirSync(dirname(join(scope, 'kernels', addon)), { recursive: true });
  await copyFile(join(repository, 'packages', 'kernels', addon), join(scope, 'kernels', addon));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zeroskip-consumer-'));
  await install();
  const model = nsfwModels.find(({ name }) => name === 'mobilenet-v2')!;
  const json = await prepareNsfw(model, join(folder, model.name));
  await writeFile(join(folder, 'model.onnx'), await exportOnnx(json));
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  for (const [engine, name] of [
    ['@zeroskip/runner', 'own'],
    ['onnxruntime-node', 'peer'],
  ] as const) {
    for (const extension of ['mts', 'cts'])
      await writeFile(join(folder, `${name}.${extension}`), application.replace('ENGINE', engine));
  }
  const options = { strict: true, module: 'nodenext', target: 'es2022', outDir: 'out', types: ['node'] };
  const config = {
    compilerOptions: { ...options, noUncheckedIndexedAccess: true },
    include: ['*.mts', '*.cts'],
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  execFileSync(process.execPath, [tsc], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

function run(script: string): { dims: number[]; type: string; data: number[] }[] {
  const output = execFileSync(process.execPath, [join('out', script), 'model.onnx'], {
    cwd: folder,
    encoding: 'utf8',
  });
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe.each(['mjs', 'cjs'])('an application, compiled to .%s', (extension) => {
  it('gives the same answers when its import is changed from onnxruntime-node', () => {
    const own = run(`own.${extension}`);
    const peer = run(`peer.${extension}`);
    expect(own).toHaveLength(2);
    for (const [i, { dims, type, data }] of peer.entries()) {
      expect(own[i]).toMatchObject({ dims, type });
      for (const [at, value] of data.entries()) expect(own[i]!.data[at]).toBeCloseTo(value, 4);
    }
  });
});

it.each([
  ['mjs', "import { InferenceSession } from '@zeroskip/runner'; await InferenceSession.create('no.onnx');"],
  ['cjs', "require('@zeroskip/runner').InferenceSession.create('no.onnx');"],
])(
  'an error that nobody catches is printed below a line that can be read: .%s',
  async (extension, program) => {
    const script = join(folder, `uncaught.${extension}`);
    await writeFile(script, program);
    const { status, stderr } = spawnSync(process.execPath, [script], { cwd: folder, encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toContain("code: 'ERR_FILE'");
    const lines = stderr.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(300);
  },
);

it('the packages hold what they are built into, and no sources or tests', () => {
  for (const name of packages) {
    const entries = readdirSync(join(folder, 'node_modules', '@zeroskip', name));
    expect(entries, name).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'dist', 'package.json']));
    expect(entries, name).not.toContain('test');
    expect(entries, name).not.toContain('src');
  }
});
