import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { copyDependencies, installBuilt } from '@zeroskip/test-utils/installed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dims, model } from './support/models.ts';

const addon = fileURLToPath(new URL('../../kernels/build/Release/zeroskip.node', import.meta.url));
const project = await mkdtemp(join(tmpdir(), 'zeroskip-alias-'));
afterAll(() => rm(project, { recursive: true, force: true }));

beforeAll(async () => {
  await Promise.all(
    ['tensor', 'formats', 'kernels', 'selector', 'onnx', 'tensorflow', 'runner'].map((name) =>
      installBuilt(project, name),
    ),
  );
  for (const alias of ['onnxruntime-node', 'onnxruntime-common', 'onnxruntime-web'])
    await installBuilt(project, 'onnxruntime', alias);
  await copyDependencies(project, 'onnx', ['protobufjs']);
  await copyDependencies(project, 'tensorflow', ['flatbuffers', 'valibot']);
  await copyDependencies(project, 'onnxruntime', ['pngjs']);
  await writeFile(join(project, 'model.onnx'), model);
}, 300_000);

const body = `
async function main() {
  const session = await node.InferenceSession.create('model.onnx', { executionProviders: ['cpu'] });
  const data = Float32Array.from({ length: ${dims.reduce((size, dim) => size * dim, 1)} }, (_, i) => i);
  const results = await session.run({ image: new common.Tensor('float32', data, ${JSON.stringify(dims)}) });
  console.log(
    results.map.dims.join(),
    results.map instanceof web.Tensor,
    node.env === web.env,
    (node.default ?? node).Tensor === common.Tensor,
  );
  await session.release();
}
main();
`;

/** By the names that packages import, as an ES module and as CommonJS. */
const programs = {
  'main.mjs': `
    import * as node from 'onnxruntime-node';
    import * as common from 'onnxruntime-common';
    import * as web from 'onnxruntime-web/wasm';
    ${body}`,
  'main.cjs': `
    const node = require('onnxruntime-node');
    const common = require('onnxruntime-common');
    const web = require('onnxruntime-web/wasm');
    ${body}`,
  // As packages that depend on each other mix them.
  'mixed.mjs': `
    import { createRequire } from 'node:module';
    import * as common from 'onnxruntime-common';
    import * as web from 'onnxruntime-web/wasm';
    const node = createRequire(import.meta.url)('onnxruntime-node');
    ${body}`,
};

it('loads one engine for ES modules and CommonJS, also of what is loaded later', async () => {
  const program = `
    import { Session } from 'node:inspector';
    import { createRequire } from 'node:module';
    import 'onnxruntime-common';
    const node = createRequire(import.meta.url)('onnxruntime-node');
    // A model of TensorFlow.js, about.
    await node.InferenceSession.create(new TextEncoder().encode('{}')).catch(() => {});
    const session = new Session();
    session.connect();
    session.on('Debugger.scriptParsed', ({ params: { url } }) => {
      const [, name] = /@zeroskip.(\\w+).dist.index/.exec(url) ?? [];
      if (name) console.log(name);
    });
    session.post('Debugger.enable');
  `;
  await writeFile(join(project, 'engines.mjs'), program);
  const { stdout } = await promisify(execFile)(process.execPath, ['engines.mjs'], {
    cwd: project,
    env: { ...process.env, ZEROSKIP_ADDON: addon },
  });
  const loaded = stdout.trimEnd().split('\n').sort();
  expect(loaded).toEqual(['formats', 'kernels', 'onnx', 'runner', 'tensor', 'tensorflow']);
});

it.each(Object.entries(programs))('%s runs under the names of onnxruntime', async (name, program) => {
  await writeFile(join(project, name), program);
  const { stdout } = await promisify(execFile)(process.execPath, [name], {
    cwd: project,
    env: { ...process.env, ZEROSKIP_ADDON: addon },
  });
  expect(stdout).toMatch(/^[\d,]+ true true true\n$/);
});
