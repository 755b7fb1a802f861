import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pnpm, root, SetupError } from '../../scripts/processes.mjs';
import { run } from './run.mjs';

const NAMES = ['onnxruntime-node', 'onnxruntime-web', 'onnxruntime-common'];
const CLIENT = '@zeroskip/client-of-onnxruntime';
const bun = fileURLToPath(new URL('../bundlers/node_modules/@oven/bun-linux-x64/bin/bun', import.meta.url));
const aliases = Object.fromEntries(NAMES.map((name) => [name, 'npm:@zeroskip/onnxruntime']));

/** The model of the README of the runner. */
function model() {
  const readme = readFileSync(join(root, 'packages', 'runner', 'README.md'), 'utf8');
  const [, literal] = /Buffer\.from\(([\s\S]*?)'base64'/.exec(readme);
  return [...literal.matchAll(/'([\w+/=]+)'/g)].map(([, text]) => text).join('');
}

const program = `
const x = new common.Tensor('float32', new Float32Array(32).fill(1), [1, 2, 4, 4]);
const session = await node.InferenceSession.create(Buffer.from('${model()}', 'base64'), { executionProviders: ['wasm'] });
const { map } = await session.run({ image: x });
console.log(map instanceof web.Tensor, node.env === common.env, map.data[0], node.listSupportedBackends()[0].name);
`;
const FILES = {
  'index.mjs': `import * as node from 'onnxruntime-node';
import web from 'onnxruntime-web/wasm';
import * as common from 'onnxruntime-common';
${program}`,
  'index.cjs': `const node = require('onnxruntime-node');
const { default: web } = require('onnxruntime-web');
const common = require('onnxruntime-common');
(async () => {${program}})();
`,
};
const PRINTED = 'true true 10 cpu\n';

/** How each package manager is told of the aliases, and installs. */
const managers = [
  { name: 'npm', manifest: { overrides: aliases }, command: ['npm', 'install'] },
  { name: 'pnpm', manifest: { pnpm: { overrides: aliases } }, command: [...pnpm().flat(), 'install'] },
  { name: 'bun', manifest: { overrides: aliases }, command: [bun, 'install'] },
];

/** A package that depends on onnxruntime, as those of others do. */
function publishClient(folder, registry) {
  mkdirSync(folder, { recursive: true });
  const dependencies = Object.fromEntries(NAMES.map((name) => [name, '^1.20.0']));
  const manifest = { name: CLIENT, version: '1.0.0', license: 'MIT', dependencies };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
  registry.publish(folder);
}

/** Installs a client of onnxruntime with the aliases, by each package manager, and runs it. */
export function rehearseAliases(folder, registry) {
  publishClient(join(folder, 'client'), registry);
  for (const { name, manifest, command } of managers) {
    const project = join(folder, name);
    mkdirSync(project);
    const own = { private: true, dependencies: { [CLIENT]: '1.0.0' }, ...manifest };
    writeFileSync(join(project, 'package.json'), JSON.stringify(own));
    writeFileSync(join(project, '.npmrc'), readFileSync(registry.npmrc, 'utf8'));
    const env = {
      ...process.env,
      CI: 'true',
      npm_config_userconfig: registry.npmrc,
      npm_config_registry: registry.url,
      npm_config_cache: registry.cache,
      BUN_INSTALL_CACHE_DIR: join(folder, 'bun-cache'),
    };
    run(command[0], command.slice(1), { cwd: project, env });
    for (const file of Object.keys(FILES)) {
      const printed = run(process.execPath, [join('node_modules', CLIENT, file)], { cwd: project });
      if (printed !== PRINTED)
        throw new SetupError(`Expected of ${file} by ${name}: ${PRINTED}received: ${printed}`);
    }
    console.log(`  ${name}: ${NAMES.join(', ')} as ESM and CJS`);
  }
}
