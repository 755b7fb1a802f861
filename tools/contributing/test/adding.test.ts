import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { node, onnxModel, valueInfo } from '@zeroskip/onnx';
import type * as runner from '@zeroskip/runner';
import { Tensor } from '@zeroskip/tensor';
import { afterEach, describe, expect, it, vi } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const guide = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');

/** The files that CONTRIBUTING.md lists for an addition. */
function filesOf(addition: string): string[] {
  const [, rest = ''] = guide.split(`\n### ${addition}\n`);
  const [section = ''] = rest.split('\n### ');
  return [...section.matchAll(/^- `([^`]+)`/gm)].map(([, path]) => path!);
}

const copies: string[] = [];
afterEach(() => {
  for (const folder of copies.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A copy of a package's sources, which finds the packages that it depends on. */
class Copy {
  readonly folder: string;
  readonly #package: string;
  readonly #touched: string[] = [];

  constructor(name: string, parts: readonly string[]) {
    this.#package = `packages/${name}`;
    const cache = join(root, this.#package, '.cache');
    mkdirSync(cache, { recursive: true });
    this.folder = mkdtempSync(join(cache, 'adding-'));
    copies.push(this.folder);
    for (const part of parts) {
      cpSync(join(root, this.#package, part), join(this.folder, part), { recursive: true });
    }
  }

  #home(path: string): string {
    this.#touched.push(path);
    return join(this.folder, path.replace(`${this.#package}/`, ''));
  }

  add(path: string, text: string): void {
    const home = this.#home(path);
    mkdirSync(dirname(home), { recursive: true });
    writeFileSync(home, text);
  }

  edit(path: string, ...changes: readonly (readonly [from: string, to: string])[]): void {
    const home = this.#home(path);
    let text = readFileSync(home, 'utf8');
    for (const [from, to] of changes) {
      expect(text).toContain(from);
      text = text.replace(from, () => to);
    }
    writeFileSync(home, text);
  }

  /** Compares what was touched with the list of the guide, in which `<…>` stands for a name. */
  expectListed(addition: string, name: string): void {
    const listed = filesOf(addition).map((path) => path.replace(/<[^>]+>/g, name));
    expect(this.#touched.toSorted()).toEqual(listed.toSorted());
  }

  import<T>(path: string): Promise<T> {
    return import(join(this.folder, path)) as Promise<T>;
  }

  /** Checks a C++ source without making code of it. */
  compile(source: string): void {
    const flags = ['-fsyntax-only', '-std=c++20', '-I', 'native'];
    const target = ['-DZS_TARGET=scalar', '-DZS_VECTOR_BYTES=4', '-DHWY_COMPILE_ONLY_SCALAR'];
    execFileSync('g++', [...flags, ...target, source], { cwd: this.folder, stdio: 'pipe' });
  }
}

const x = new Tensor('float32', [1, -2, 3, -4], [1, 1, 2, 2]);
const map = valueInfo('x', 'float32', [1, 1, 2, 2]);

async function outputOf({ InferenceSession }: typeof runner, model: Uint8Array): Promise<number[]> {
  await using session = await InferenceSession.create(model);
  const { y } = await session.run({ x });
  return Array.from(y!.data as Float32Array);
}

describe('adding', () => {
  it('An operator', async () => {
    const copy = new Copy('runner', ['src']);
    copy.add(
      'packages/runner/src/ops/twice.ts',
      `import type { Operator } from './common/operator.ts';
import { filled } from './common/results.ts';
import { floats } from './common/types.ts';

export const twice: Operator = {
  opType: 'Twice',
  inputs: [1, 1],
  types: [floats],
  infer: (node) => [node.input(0)],
  evaluate: (_node, [x], [out]) => filled(out!, (to) => to.set((x!.data as Float32Array).map((value) => 2 * value))),
};
`,
    );
    copy.edit(
      'packages/runner/src/ops/index.ts',
      ['import { unaryOperators }', "import { twice } from './twice.ts';\nimport { unaryOperators }"],
      ['  prelu,\n', '  prelu,\n  twice,\n'],
    );
    copy.expectListed('An operator', 'twice');
    const nodes = [node('Relu', ['x'], ['r']), node('Twice', ['r'], ['y'])];
    const model = onnxModel({ nodes, inputs: [map], outputs: [valueInfo('y', 'float32', undefined)] });
    expect(await outputOf(await copy.import('src/index.ts'), model)).toEqual([2, 0, 6, 0]);
  });

  it('A kind of model file', async () => {
    const copy = new Copy('runner', ['src']);
    copy.add(
      'packages/runner/src/toy/parse.ts',
      `import type { ModelFormat } from '@zeroskip/onnx';

export const toy: ModelFormat = {
  accepts: (bytes) => bytes[0] === 0x54,
  async parse() {
    const value = (name: string) => ({ name, type: 'float32', dims: [1, 1, 2, 2] }) as const;
    const nodes = [
      { name: 'relu', opType: 'Relu', opset: 20, inputs: ['x'], outputs: ['y'], attributes: new Map() },
    ];
    return { nodes, inputs: [value('x')], outputs: [value('y')], constants: new Map() };
  },
};
`,
    );
    copy.edit(
      'packages/runner/src/session/parse-model.ts',
      ['import { foldConstants }', "import { toy } from '../toy/parse.ts';\nimport { foldConstants }"],
      ['= [tensorFlowJs, ', '= [toy, tensorFlowJs, '],
    );
    copy.expectListed('A kind of model file', 'toy');
    expect(await outputOf(await copy.import('src/index.ts'), new Uint8Array([0x54]))).toEqual([1, 0, 3, 0]);
  });

  it('A format', async () => {
    const copy = new Copy('formats', ['src']);
    const rows = readFileSync(join(root, 'packages/formats/src/im2col.ts'), 'utf8');
    copy.add(
      'packages/formats/src/toy.ts',
      rows.replace('const im2col', 'const toy').replace("id: 'im2col'", "id: 'toy'"),
    );
    copy.edit(
      'packages/formats/src/formats.ts',
      ['import { mec }', "import { toy } from './toy.ts';\nimport { mec }"],
      ['SparseFormat[] = [', 'SparseFormat[] = [toy, '],
    );
    copy.add('docs/formats/toy.md', '# toy\n');
    copy.expectListed('A format', 'toy');
    const { format, fromBytes, toBytes } =
      await copy.import<typeof import('@zeroskip/formats')>('src/index.ts');
    const given = { channels: 1, height: 2, width: 2, data: Float32Array.of(1, 0, 0, 2) };
    const toy = format('toy');
    expect(toy.decode(fromBytes(toBytes(toy.encode(given, { kernel: [1, 1] })))).data).toEqual(given.data);
  });

  it('An element-wise function', async () => {
    const copy = new Copy('kernels', ['native', 'src', 'package.json']);
    copy.edit('packages/kernels/native/elementwise/functions.inc', [
      'ZS_UNARY(Abs,',
      'ZS_UNARY(Toy, "toy", kAlone, x * x * x, { return hn::Mul(x, hn::Mul(x, x)); })\nZS_UNARY(Abs,',
    ]);
    copy.edit('packages/kernels/src/elementwise.ts', [
      '  abs: Math.abs,',
      '  toy: (x) => x ** 3,\n  abs: Math.abs,',
    ]);
    copy.expectListed('An element-wise function', '');
    copy.compile('native/steps/elementwise-simd.cc');
    const { definitionOf } = await copy.import<{ definitionOf(unary: object): (x: number) => number }>(
      'src/elementwise.ts',
    );
    expect(definitionOf({ name: 'toy' })(-2)).toBe(-8);
  });

  it('An algorithm', () => {
    const copy = new Copy('kernels', ['native']);
    const reference = readFileSync(
      join(root, 'packages/kernels/native/algorithms/reference/reference.cc'),
      'utf8',
    );
    copy.add(
      'packages/kernels/native/algorithms/echo/echo.cc',
      reference.replaceAll('Reference', 'Echo').replaceAll('"reference"', '"echo"'),
    );
    copy.edit('packages/kernels/native/conv/algorithms.inc', [
      'ZS_ALGORITHM(Mec)\n',
      'ZS_ALGORITHM(Mec)\nZS_ALGORITHM(Echo)\n',
    ]);
    copy.add('docs/algorithms/echo.md', '# echo\n');
    copy.expectListed('An algorithm', 'echo');
    copy.compile('native/algorithms/echo/echo.cc');
    copy.compile('native/conv/registry.cc');
  });

  it('An instruction set', async () => {
    const copy = new Copy('kernels', ['native']);
    copy.edit('packages/kernels/native/target/targets.inc', [
      '  X(neon, arm64,',
      '  X(sve, arm64, 32, "-march=armv8-a+sve", false, __VA_ARGS__) \\\n  X(neon, arm64,',
    ]);
    copy.expectListed('An instruction set', '');
    copy.compile('native/target/target.cc');
    const { gyp } = await copy.import<{ gyp: object }>('native/gyp.mjs');
    expect(JSON.stringify(gyp)).toContain('"kernels_sve"');
  });

  it('A platform', async () => {
    const copy = new Copy('kernels', ['src', 'npm', 'package.json', 'scripts']);
    const [id, name] = ['plan9-x64', '@zeroskip/kernels-plan9-x64'];
    copy.add(
      `packages/kernels/npm/${id}/package.json`,
      JSON.stringify({ name, os: ['plan9'], cpu: ['x64'] }),
    );
    copy.add(`packages/kernels/npm/${id}/README.md`, `# ${name}\n`);
    copy.edit('packages/kernels/scripts/zig-addon.mjs', [
      "  'linux-arm64': {",
      `  '${id}': { target: 'x86_64-plan9', where: X64, link: [] },\n  'linux-arm64': {`,
    ]);
    copy.edit('packages/kernels/scripts/foreign/nodes.mjs', [
      "  'linux-arm64': arm64,",
      `  '${id}': () => process.execPath,\n  'linux-arm64': arm64,`,
    ]);
    copy.edit('packages/kernels/package.json', [
      '  "optionalDependencies": {\n',
      `  "optionalDependencies": {\n    "${name}": "workspace:*",\n`,
    ]);
    copy.edit('packages/kernels/src/load-addon.ts', [
      "  '@zeroskip/kernels-linux-x64': ",
      `  '${name}': () => require('${name}'),\n  '@zeroskip/kernels-linux-x64': `,
    ]);
    copy.expectListed('A platform', id);
    const { loadAddon } = await copy.import<{ loadAddon(): unknown }>('src/load-addon.ts');
    const { platform } = process;
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue();
    try {
      Object.defineProperty(process, 'platform', { value: 'plan9' });
      loadAddon();
      expect(warn.mock.calls).toEqual([
        [expect.stringContaining(`npm install --force ${name}@`), expect.anything()],
      ]);
    } finally {
      Object.defineProperty(process, 'platform', { value: platform });
      warn.mockRestore();
    }
  });

  it('everything that the guide lists', () => {
    const additions = [...guide.matchAll(/^### (.+)$/gm)].map(([, title]) => title);
    expect(additions.length).toBe(7);
  });
});
