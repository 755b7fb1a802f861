import { readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import * as first from '../src/index.ts';
import { dims, model, pixels } from './support/models.ts';

vi.resetModules();
const second = await import('../src/index.ts');

it('gives all copies in a process one Tensor, one InferenceSession and one env', async () => {
  expect(second).not.toBe(first);
  expect(second.Tensor).toBe(first.Tensor);
  expect(second.env).toBe(first.env);
  expect(second.InferenceSession).toBe(first.InferenceSession);
  const session = await first.InferenceSession.create(model);
  const { map } = await session.run({ image: new second.Tensor('float32', pixels(), dims) });
  expect(map).toBeInstanceOf(second.Tensor);
  await session.release();
});

it('has the names and subpaths of onnxruntime', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const subpaths = ['.', './all', './jspi', './wasm', './webgl', './webgpu', './package.json'];
  expect(Object.keys(manifest.exports)).toEqual(subpaths);
  expect(Object.keys(manifest.publishConfig.exports)).toEqual(subpaths);
  expect(Object.keys(manifest.typesVersions['*'])).toEqual(
    subpaths.slice(1, -1).map((each) => each.slice(2)),
  );
});
