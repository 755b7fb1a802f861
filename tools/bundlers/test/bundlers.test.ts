import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { copyFile, cp, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { addonPath, platformId } from '@zeroskip/kernels';
import { copyDependencies, installBuilt } from '@zeroskip/test-utils/installed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const execute = promisify(execFile);
const repository = fileURLToPath(new URL('../../..', import.meta.url));
const tools = fileURLToPath(new URL('../node_modules', import.meta.url));
const packages = join(repository, 'packages');
const folder = await mkdtemp(join(tmpdir(), 'zeroskip-bundlers-'));
const project = join(folder, 'project');
const dist = join(project, 'dist');
const platformPackage = `@zeroskip/kernels-${platformId()}`;
const platformFolder = join(packages, 'kernels', 'npm', platformId());
const bun = join(tools, '@oven', 'bun-linux-x64', 'bin');
const { ZEROSKIP_ADDON: _addon, NODE_PATH: _path, NODE_OPTIONS: _options, ...inherited } = process.env;
const env = {
  ...inherited,
  PATH: [join(tools, '.bin'), bun, inherited.PATH].join(delimiter),
  TMPDIR: folder,
};

/** Fenced blocks; the name of a file stands beside the language, or in a comment on the first line. */
const FENCED = /^```(\w+) ?(\S*)\n(?:\/\/ (\S+)\n)?([\s\S]*?)^```$/gm;
const blocksOf = (text: string) =>
  [...text.matchAll(FENCED)].map(([, language, beside, inside, code]) => ({
    language,
    name: beside || inside,
    code: code!,
  }));
const page = readFileSync(join(repository, 'docs', 'bundling.md'), 'utf8')
  .replaceAll('@zeroskip/kernels-linux-x64', platformPackage)
  .split('\n## ');
const copyAddon = blocksOf(page[0]!)[0]!.code;

const readme = blocksOf(readFileSync(join(packages, 'runner', 'README.md'), 'utf8'));
const blockOf = (kind: string) => readme.find(({ language }) => language === kind)!.code;
const answer = lastLine(blockOf('text'));
const asFunction = blockOf('ts')
  .replace(/^(import .*\n)/, '$1async function main() {')
  .concat('}\nmain();\n');
const programs = {
  'main.mjs': asFunction,
  'main.cjs': asFunction.replace(/import (.*) from (.*);/, 'const $1 = require($2);'),
};

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)!;
}

async function prepareProject(): Promise<void> {
  const modules = join(project, 'node_modules');
  const names = ['tensor', 'formats', 'kernels', 'selector', 'onnx', 'tensorflow', 'runner'];
  await Promise.all(names.map((name) => installBuilt(project, name)));
  const prebuilt = join(modules, platformPackage);
  await mkdir(prebuilt);
  await copyFile(join(platformFolder, 'package.json'), join(prebuilt, 'package.json'));
  await copyFile(addonPath(), join(prebuilt, 'zeroskip.node'));
  await copyDependencies(project, 'onnx', ['protobufjs']);
  await copyDependencies(project, 'tensorflow', ['flatbuffers', 'valibot']);
  await symlink(join(tools, '@rollup'), join(modules, '@rollup'));
  await writeFile(join(project, 'package.json'), '{ "private": true }');
  for (const [name, program] of Object.entries(programs)) await writeFile(join(project, name), program);
}

async function shell(commands: string): Promise<void> {
  await execute('sh', ['-e', '-c', commands], { cwd: project, env }).catch(({ stdout, stderr }) => {
    throw new Error(`${commands}\n${stdout}${stderr}`);
  });
}

/** Does what a section of the page says. */
async function follow(title: string, change: (text: string) => string = (text) => text): Promise<void> {
  const section = page.find((each) => each.startsWith(`${title}\n`));
  if (section === undefined)
    throw new Error(`Expected a section ${title} in docs/bundling.md, received none.`);
  for (const { language, name, code } of blocksOf(change(section))) {
    if (name) await writeFile(join(project, name), code);
    else if (language === 'sh') await shell(code);
  }
}

/** The last line that a program or an executable prints, or its error. */
async function run(from: string, variables: Record<string, string> = {}): Promise<string> {
  const names = readdirSync(from);
  const name = names.includes('app') ? 'app' : names.find((each) => /^(app|main)\.[cm]js$/.test(each))!;
  const command = name === 'app' ? [join(from, name)] : [process.execPath, name];
  try {
    const options = { cwd: from, env: { ...env, ...variables } };
    const { stdout } = await execute(command[0]!, command.slice(1), options);
    return lastLine(stdout);
  } catch (error) {
    return (error as { stderr: string }).stderr;
  }
}

/** Runs what was built where there is nothing else. */
async function runDeployed(variables?: Record<string, string>): Promise<string> {
  const deployed = join(folder, 'deployed');
  await rm(deployed, { recursive: true, force: true });
  await cp(dist, deployed, { recursive: true, verbatimSymlinks: true });
  return run(deployed, variables);
}

const withProgram = (program: string) => (text: string) => text.replaceAll('main.mjs', program);
/** Nor minified, which takes webpack ten seconds. */
const withoutExternals = (text: string) =>
  text.replace(/^.*@zeroskip.*\n/gm, '').replace("'production'", "'none'");

describe.runIf(existsSync(platformFolder))('on a platform with a prebuilt addon', () => {
  beforeAll(prepareProject);
  beforeEach(() => rm(dist, { recursive: true, force: true }));
  afterAll(() => rm(folder, { recursive: true, force: true }));

  describe.each([
    ['esbuild', 'main.mjs'],
    ['esbuild', 'main.cjs'],
    ['webpack', 'main.mjs'],
    ['webpack', 'main.cjs'],
    ['Rollup', 'main.mjs'],
    ['Rollup', 'main.cjs'],
    ['Vite', 'main.mjs'],
  ])('%s, %s', (tool, program) => {
    it('leaves the packages to node_modules', async () => {
      await follow(tool, withProgram(program));
      expect(await run(dist)).toBe(answer);
      expect(await runDeployed()).toMatch(/Cannot find (module|package) '@zeroskip\/runner'/);
    });

    it('takes the packages in, and finds the addon beside the bundle', async () => {
      await follow(tool, (text) => withoutExternals(withProgram(program)(text)));
      expect(await runDeployed()).toMatch(/is a bundle, which holds no native code\. .*docs\/bundling\.md/);
      expect(await runDeployed({ ZEROSKIP_ADDON: addonPath() })).toBe(answer);
      await shell(copyAddon);
      expect(await runDeployed()).toBe(answer);
    });
  });

  it('webpack makes an ES module', async () => {
    await follow('webpack', (text) =>
      withoutExternals(text).replace(
        "{ filename: 'app.cjs' }",
        "{ filename: 'app.mjs', module: true }, experiments: { outputModule: true }",
      ),
    );
    await shell(copyAddon);
    expect(await runDeployed()).toBe(answer);
  });

  it('a bundle runs in a worker thread', async () => {
    await follow('esbuild', withoutExternals);
    await shell(copyAddon);
    await rename(join(dist, 'app.cjs'), join(dist, 'worker.cjs'));
    await writeFile(join(dist, 'app.cjs'), "new (require('worker_threads').Worker)('./worker.cjs');");
    expect(await runDeployed()).toBe(answer);
  });

  it.each(Object.keys(programs))('@vercel/nft finds the addon of %s', async (program) => {
    await follow('Vercel, serverless functions, Docker', withProgram(program));
    expect(await runDeployed()).toBe(answer);
  });

  it('Node.js makes a single executable', async () => {
    await follow('A single executable of Node.js');
    expect(await runDeployed()).toBe(answer);
  });

  describe.runIf(existsSync(bun))('Bun, where npm has put it into @oven/bun-linux-x64', () => {
    it('makes a single executable with the addon inside', async () => {
      await follow('A single executable of Bun');
      expect(await runDeployed()).toBe(answer);
    });

    it.each(Object.keys(programs))(
      'makes an executable that finds the addon beside it: %s',
      async (program) => {
        await shell(`bun build ${program} --compile --outfile dist/app`);
        await shell(copyAddon);
        expect(await runDeployed()).toBe(answer);
      },
    );
  });
});
