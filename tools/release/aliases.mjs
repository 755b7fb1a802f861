import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pnpm, root, SetupError } from '../../scripts/processes.mjs';
import { run } from './run.mjs';

const NAMES = ['onnxruntime-node', 'onnxruntime-web', 'onnxruntime-common'];
const CLIENT = '@zeroskip/client-of-onnxruntime';
const installed = (path) => fileURLToPath(new URL(path, import.meta.url));
const bun = installed('../bundlers/node_modules/@oven/bun-linux-x64/bin/bun');
const classicYarn = [process.execPath, installed('node_modules/yarn/bin/yarn.js')];
const yarn = [process.execPath, installed('node_modules/@yarnpkg/cli-dist/bin/yarn.js')];
const aliases = Object.fromEntries(NAMES.map((name) => [name, 'npm:@zeroskip/onnxruntime']));
/** Yarn from version 2 on asks for a range. */
const resolutions = Object.fromEntries(NAMES.map((name) => [name, 'npm:@zeroskip/onnxruntime@*']));

/** The model of the README of the runner. */
function model() {
  const readme = readFileSync(join(root, 'packages', 'runner', 'README.md'), 'utf8');
  const [, literal] = /Buffer\.from\(([\s\S]*?)'base64'/.exec(readme);
  return Buffer.from([...literal.matchAll(/'([\w+/=]+)'/g)].map(([, text]) => text).join(''), 'base64');
}

/** The model is read from the package that it is part of, which Yarn's Plug'n'Play keeps in an archive. */
const program = `
const x = new common.Tensor('float32', new Float32Array(32).fill(1), [1, 2, 4, 4]);
const session = await node.InferenceSession.create(model, { executionProviders: ['wasm'] });
const { map } = await session.run({ image: x });
console.log(map instanceof web.Tensor, node.env === common.env, map.data[0], node.listSupportedBackends()[0].name);
`;
const FILES = {
  'index.mjs': `import { fileURLToPath } from 'node:url';
import * as node from 'onnxruntime-node';
import web from 'onnxruntime-web/wasm';
import * as common from 'onnxruntime-common';
const model = fileURLToPath(new URL('model.onnx', import.meta.url));
${program}`,
  'index.cjs': `const node = require('onnxruntime-node');
const { default: web } = require('onnxruntime-web');
const common = require('onnxruntime-common');
const model = require.resolve('./model.onnx');
(async () => {${program}})();
`,
};
const PRINTED = 'true true 10 cpu\n';

const own = ({ npmrc }) => ({ '.npmrc': readFileSync(npmrc, 'utf8') });
const ofYarn = (linker) => (registry) => ({
  'yarn.lock': '',
  '.yarnrc.yml': `nodeLinker: ${linker}
enableImmutableInstalls: false
enableTelemetry: false
npmRegistryServer: "${registry.url.replace(/\/$/, '')}"
unsafeHttpWhitelist: [localhost]
`,
});

/** How each package manager is told of the aliases and of the registry, and how it installs and runs. */
const managers = [
  { name: 'npm', manifest: { overrides: aliases }, files: own, command: ['npm'] },
  { name: 'pnpm', manifest: { pnpm: { overrides: aliases } }, files: own, command: pnpm().flat() },
  { name: 'yarn 1', manifest: { resolutions }, files: own, command: classicYarn },
  { name: 'yarn', manifest: { resolutions }, files: ofYarn('node-modules'), command: yarn },
  {
    name: "yarn, Plug'n'Play",
    manifest: { resolutions },
    files: ofYarn('pnp'),
    command: yarn,
    node: [...yarn, 'node'],
  },
  { name: 'bun', manifest: { overrides: aliases }, files: own, command: [bun] },
];

/** A package that depends on onnxruntime, as those of others do. */
function publishClient(folder, registry) {
  mkdirSync(folder, { recursive: true });
  const dependencies = Object.fromEntries(NAMES.map((name) => [name, '^1.20.0']));
  const manifest = { name: CLIENT, version: '1.0.0', license: 'MIT', dependencies };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
  writeFileSync(join(folder, 'model.onnx'), model());
  registry.publish(folder);
}

/** Installs a client of onnxruntime with the aliases, by each package manager, and runs it. */
export function rehearseAliases(folder, registry) {
  publishClient(join(folder, 'client'), registry);
  for (const { name, manifest, files, command, node = [process.execPath] } of managers) {
    const project = join(folder, name.replaceAll(/\W+/g, '-'));
    mkdirSync(project);
    const start = 'start.cjs';
    const written = {
      ...files(registry),
      'package.json': JSON.stringify({ private: true, dependencies: { [CLIENT]: '1.0.0' }, ...manifest }),
      [start]: `import('${CLIENT}/' + process.argv[2]);`,
    };
    for (const [file, text] of Object.entries(written)) writeFileSync(join(project, file), text);
    const env = {
      ...process.env,
      CI: 'true',
      npm_config_userconfig: registry.npmrc,
      npm_config_registry: registry.url,
      npm_config_cache: registry.cache,
      BUN_INSTALL_CACHE_DIR: join(folder, 'bun-cache'),
      YARN_CACHE_FOLDER: join(folder, 'yarn-cache'),
      YARN_GLOBAL_FOLDER: join(folder, 'yarn'),
    };
    const doing = { cwd: project, env };
    run(command[0], [...command.slice(1), 'install'], doing);
    for (const file of Object.keys(FILES)) {
      const printed = run(node[0], [...node.slice(1), start, file], doing);
      if (printed !== PRINTED)
        throw new SetupError(`Expected of ${file} by ${name}: ${PRINTED}received: ${printed}`);
    }
    console.log(`  ${name}: ${NAMES.join(', ')} as ESM and CJS`);
  }
}
