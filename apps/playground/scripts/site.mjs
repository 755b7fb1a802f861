// Builds the page with its networks into dist/, and serves it with the headers that threads need:
//
//     node scripts/site.mjs [--port <number>] [--build-only]
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { nsfwModels, prepareIsnet, prepareNsfw } from '@zeroskip/bench';
import { build, preview } from 'vite';

const { values } = parseArgs({
  options: { port: { type: 'string', default: '4173' }, 'build-only': { type: 'boolean', default: false } },
});
const port = Number(values.port);
if (!Number.isInteger(port) || port < 1 || port > 65535) {
  throw new RangeError(`Expected a port from 1 to 65535 for --port, received ${values.port}.`);
}

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const configFile = at('vite.config.ts');
if (!existsSync(at('../../packages/kernels-wasm32/wasm/zeroskip.wasm'))) {
  throw new Error(
    'Expected the kernels as WebAssembly, received none: run "npm run build:wasm", on Linux on x64.',
  );
}
console.log('Preparing the networks …');
await prepareIsnet(at('.cache/models/isnet.onnx'));
const mobilenet = nsfwModels.find(({ name }) => name === 'mobilenet-v2');
await prepareNsfw(mobilenet, at('.cache/models/mobilenet-v2'));
await build({ configFile, logLevel: 'warn' });
if (values['build-only']) console.log(`The page is in ${at('dist')}.`);
else {
  const server = await preview({ configFile, preview: { port, strictPort: true } });
  server.printUrls();
}
