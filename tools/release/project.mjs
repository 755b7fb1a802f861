import { mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ask, root, SetupError } from '../../scripts/processes.mjs';
import { published } from './published.mjs';
import { run } from './run.mjs';

const REFUSED_LICENCE = /(^|[^L])GPL/;
const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const FENCED = /^```(\w*)\n([\s\S]*?)^```$/gm;
const TOOLS = ['g++', 'gcc', 'cc', 'c++', 'clang', 'make', 'python3', 'python', 'sh', 'node-gyp'];

function snippetOf(readme) {
  const blocks = [...readFileSync(readme, 'utf8').matchAll(FENCED)];
  const at = blocks.findIndex(([, language], i) => language === 'ts' && blocks[i + 1]?.[1] === 'text');
  if (at < 0) throw new SetupError(`Expected a snippet and what it prints in ${readme}, received none.`);
  return { code: blocks[at][2], output: blocks[at + 1][2] };
}

const asJavaScript = (code, module) =>
  ts.transpileModule(code, { compilerOptions: { module, target: ts.ScriptTarget.ES2023 } }).outputText;

/** An empty project that finds node and npm, and no tool that could build anything. */
export function createProject(folder, registry) {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  mkdirSync(join(folder, 'home'));
  symlinkSync(process.execPath, join(folder, 'bin', 'node'));
  const npm = realpathSync(run('which', ['npm']).trim());
  const env = {
    PATH: join(folder, 'bin'),
    HOME: join(folder, 'home'),
    npm_config_userconfig: registry.npmrc,
    npm_config_cache: registry.cache,
  };
  for (const tool of TOOLS) {
    if (ask(tool, ['--version'], { env, cwd: folder }) !== undefined)
      throw new SetupError(`Expected no ${tool} on the PATH.`);
  }
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const modules = join(folder, 'node_modules');
  const read = (path) => JSON.parse(readFileSync(path, 'utf8'));
  const npmRun = (...args) => run(process.execPath, [npm, ...args], { cwd: folder, env });
  const node = (program, args) => run(program, args, { cwd: folder, env });

  function compile() {
    const options = { module: 'nodenext', target: 'es2023', outDir: 'out', types: ['node'] };
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, include: ['*.mts'] }),
    );
    node(process.execPath, [join(modules, 'typescript', 'bin', 'tsc'), '-p', '.']);
  }

  return {
    folder,
    install: (names) => npmRun('install', '--save-exact', ...names),

    /** Nothing in the tree has an install script or a licence that reaches into users' programs. */
    checkTree() {
      const packages = Object.entries(read(join(folder, 'package-lock.json')).packages).filter(
        ([path]) => path,
      );
      const scripted = packages.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path);
      if (scripted.length > 0)
        throw new SetupError(`Expected no install scripts, received ${scripted.join(', ')}.`);
      const refused = packages.filter(([, { license }]) => !license || REFUSED_LICENCE.test(license));
      if (refused.length > 0)
        throw new SetupError(`Expected no GPL, received ${refused.map(([path]) => path).join(', ')}.`);
      console.log(`  ${packages.length} packages: no install script, no GPL`);
    },

    /** Runs every README's snippet as an ES module, as CommonJS and as TypeScript. */
    runReadmes(nodes) {
      npmRun(
        'install',
        '--save-dev',
        ...['typescript', '@types/node'].map((name) => `${name}@${devDependencies[name]}`),
      );
      const libraries = published.filter(({ name, isAddon }) => !isAddon && name !== '@zeroskip/cli');
      const snippets = libraries.map(({ name }) => ({
        name: name.slice(10),
        ...snippetOf(join(modules, name, 'README.md')),
      }));
      for (const { name, code } of snippets) {
        writeFileSync(join(folder, `${name}.mjs`), asJavaScript(code, ts.ModuleKind.ESNext));
        const commonJs = asJavaScript(code, ts.ModuleKind.CommonJS);
        writeFileSync(join(folder, `${name}.cjs`), `(async () => {\n${commonJs}\n})();\n`);
        writeFileSync(join(folder, `${name}-typed.mts`), code);
      }
      compile();
      for (const program of nodes) {
        for (const { name, output } of snippets) {
          for (const script of [`${name}.mjs`, `${name}.cjs`, join('out', `${name}-typed.mjs`)]) {
            const printed = node(program, [script]);
            if (printed !== output)
              throw new SetupError(`Expected of ${script}:\n${output}received:\n${printed}`);
          }
        }
        const list = node(program, [join(modules, '@zeroskip', 'cli', 'bin', 'zeroskip.cjs'), 'list']);
        if (!/^cps\b/m.test(list))
          throw new SetupError(`Expected cps of "zeroskip list", received:\n${list}`);
        const version = node(program, ['--version']).trim();
        console.log(
          `  Node ${version}: ${snippets.map((each) => each.name).join(', ')} as ESM, CJS and TypeScript; cli`,
        );
      }
    },

    /** Installs the runner for another platform, and runs its README's snippet there. @param program as Node */
    runElsewhere({ os, cpu, libc }, program) {
      const platform = [`--os=${os}`, `--cpu=${cpu}`, ...(libc ? [`--libc=${libc}`] : [])];
      npmRun('install', '--save-exact', ...platform, '@zeroskip/runner');
      const { code, output } = snippetOf(join(modules, '@zeroskip', 'runner', 'README.md'));
      writeFileSync(join(folder, 'snippet.mjs'), asJavaScript(code, ts.ModuleKind.ESNext));
      const { ZEROSKIP_ADDON: _, ...outer } = process.env;
      // Bun has other quotation marks.
      const printed = run(program, ['snippet.mjs'], { cwd: folder, env: outer }).replaceAll('"', "'");
      if (printed !== output) throw new SetupError(`Expected on ${os}:\n${output}received:\n${printed}`);
      const addons = readdirSync(join(modules, '@zeroskip')).filter((each) => /^kernels-.*-/.test(each));
      console.log(`  ${platform.join(' ')}: ${addons.join(', ') || 'WebAssembly'}`);
      return addons;
    },

    /** Loads a package with what it depends on, and nothing above it. */
    importAlone(name, below) {
      const known = new Set(published.filter(({ isAddon }) => !isAddon).map((each) => each.name));
      const there = readdirSync(join(modules, '@zeroskip')).map((each) => `@zeroskip/${each}`);
      const above = there.filter((each) => known.has(each) && each !== name && !below.includes(each));
      if (above.length > 0)
        throw new SetupError(`Expected only what is below ${name}, received ${above.join(', ')}.`);
      if (name === '@zeroskip/cli')
        return node(process.execPath, [join(modules, name, 'bin', 'zeroskip.cjs'), '--version']);
      node(process.execPath, ['--input-type=module', '--eval', `await import('${name}')`]);
      return node(process.execPath, ['--input-type=commonjs', '--eval', `require('${name}')`]);
    },

    upgrade(rows) {
      npmRun(
        'install',
        '--save-exact',
        ...rows.filter(({ isAddon }) => !isAddon).map(({ name }) => `${name}@latest`),
      );
      const own = `${process.platform}-${process.arch}`;
      const here = rows.filter(({ platform = own }) => platform === own);
      for (const { name, version } of here) {
        const received = read(join(modules, name, 'package.json')).version;
        if (received !== version)
          throw new SetupError(`Expected ${name}@${version} after the upgrade, received ${received}.`);
      }
      console.log(`  upgraded to ${rows[0].version}`);
    },

    /** The error of loading the addon, or the warning where WebAssembly takes its place. */
    addonMessage(format, prelude = '') {
      const module = format === 'mjs' ? "await import('@zeroskip/kernels')" : "require('@zeroskip/kernels')";
      const type = format === 'mjs' ? 'module' : 'commonjs';
      const print =
        "process.removeAllListeners('warning'); process.on('warning', ({ message }) => console.log(message));";
      const program = `${print} ${prelude} const { loadAddon } = ${module}; try { loadAddon(); } catch (error) { console.log(error.code, error.message); }`;
      const printed = node(process.execPath, [`--input-type=${type}`, '--eval', program]);
      if (printed === '') throw new SetupError('Expected an error or a warning of loadAddon, received none.');
      return printed;
    },
  };
}
