import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as tf from '@tensorflow/tfjs-core';
import { temporaryFolder } from '@zeroskip/test-utils/temporary-folder';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type LoadOptions, loadGraphModel, loadLayersModel } from '../src/index.ts';
import {
  type Artifacts,
  classifier,
  difference,
  graphArtifacts,
  handlerOf,
  pixels,
  saved,
} from './support/models.ts';

/** What lies beside each other: `model.json`, and the weights in two files. */
function files(artifacts: Artifacts): Record<string, Uint8Array> {
  const { weightData, weightSpecs, ...rest } = artifacts;
  const bytes = new Uint8Array(weightData as ArrayBuffer);
  const weightsManifest = [{ paths: ['a.bin', 'b.bin'], weights: weightSpecs }];
  return {
    'model.json': new TextEncoder().encode(JSON.stringify({ ...rest, weightsManifest })),
    'a.bin': bytes.slice(0, 100),
    'b.bin': bytes.slice(100),
  };
}

const graph = files(graphArtifacts());
const layers = files(await saved(classifier()));
const temporary = temporaryFolder();
let folder = '';
const requests: { url: string; authorization: string | undefined }[] = [];
const server = createServer(({ url = '', headers }, response) => {
  requests.push({ url, authorization: headers.authorization });
  const body = graph[url.slice(1).split('?')[0]!.split('/').at(-1)!];
  response.statusCode = body ? 200 : 404;
  response.end(body);
});
let address = '';

beforeAll(async () => {
  folder = temporary.path('.');
  for (const [name, model] of Object.entries({ graph, layers })) {
    mkdirSync(`${folder}/${name}`);
    for (const [file, bytes] of Object.entries(model)) writeFileSync(`${folder}/${name}/${file}`, bytes);
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const expected = await loadGraphModel(handlerOf(graphArtifacts()), { outputs: [] });
const code = (text: string) => expect.objectContaining({ code: text });

async function expectLoads(url: string, options?: LoadOptions): Promise<void> {
  const model = await loadGraphModel(url, options);
  const [a, b] = [model, expected].map((each) => each.execute(pixels(), 'classes') as tf.Tensor);
  expect(difference(a!, b!)).toBe(0);
  model.dispose();
}

describe('a model in files', () => {
  it.each([
    ['a path', () => `${folder}/graph/model.json`],
    ['a relative path', () => relative(process.cwd(), `${folder}/graph/model.json`)],
    ['a file: URL', () => pathToFileURL(`${folder}/graph/model.json`).href],
    [
      'file:// before a relative path',
      () => `file://${relative(process.cwd(), `${folder}/graph/model.json`)}`,
    ],
  ])('%s', async (_name, url) => {
    await expectLoads(url());
  });

  it('a Layers model', async () => {
    const model = await loadLayersModel(`file://${folder}/layers/model.json`);
    expect((model.predict(pixels(2)) as tf.Tensor).shape).toEqual([2, 3]);
    model.dispose();
  });

  it('is not read through links, as in the runner', async () => {
    mkdirSync(`${folder}/linked`);
    writeFileSync(`${folder}/linked/model.json`, graph['model.json']!);
    for (const name of ['a.bin', 'b.bin']) symlinkSync(`${folder}/graph/${name}`, `${folder}/linked/${name}`);
    await expect(loadGraphModel(`${folder}/linked/model.json`)).rejects.toThrow(/option followLinks/);
    await expectLoads(`${folder}/linked/model.json`, { session: { followLinks: true } });
  });

  it.each([
    ['no file', '/nothing/model.json', 'ERR_FILE'],
    ['a folder', '/', 'ERR_FILE'],
    ['a file: URL that is none', 'file:///model.json%', 'ERR_INVALID_ARGUMENT'],
    ['an address of a store', 'indexeddb://net', 'ERR_INVALID_ARGUMENT'],
  ])('refuses %s', async (_name, url, expectedCode) => {
    await expect(loadGraphModel(url)).rejects.toEqual(code(expectedCode));
  });

  it('refuses the other kind of model, and names its loader', async () => {
    await expect(loadGraphModel(`${folder}/layers/model.json`)).rejects.toThrow(
      /which loadLayersModel loads/,
    );
    await expect(loadLayersModel(`${folder}/graph/model.json`)).rejects.toThrow(/which loadGraphModel loads/);
  });
});

describe('a model that is fetched', () => {
  const urls = () => requests.splice(0).map(({ url }) => url);

  it('with its weights beside it, and says how far it is', async () => {
    urls();
    const onProgress = vi.fn();
    await expectLoads(`${address}/net/model.json?version=2`, { onProgress, outputs: [] });
    expect(urls()).toEqual(['model.json', 'a.bin', 'b.bin'].map((name) => `/net/${name}?version=2`));
    expect(onProgress.mock.calls.flat()).toEqual([0, 0.5, 1]);
  });

  it('options weightPathPrefix and weightUrlConverter', async () => {
    await expectLoads(`${address}/net/model.json`, { weightPathPrefix: `${address}/weights/` });
    expect(urls().slice(1)).toEqual(['/weights/a.bin', '/weights/b.bin']);
    await expectLoads(`${address}/net/model.json`, {
      weightUrlConverter: async (name) => `${address}/other/${name}`,
    });
    expect(urls().slice(1)).toEqual(['/other/a.bin', '/other/b.bin']);
  });

  it('options requestInit and fetchFunc', async () => {
    await expectLoads(`${address}/model.json`, { requestInit: { headers: { authorization: 'me' } } });
    expect(requests.splice(0).map(({ authorization }) => authorization)).toEqual(['me', 'me', 'me']);
    const fetchFunc = vi.fn(async (url: unknown) => {
      const body = graph[String(url).split('/').at(-1)!]!;
      return { ok: true, arrayBuffer: async () => new Uint8Array(body).buffer } as Response;
    });
    await expectLoads('here/model.json', { fetchFunc });
    expect(fetchFunc.mock.calls.map(([url]) => url)).toEqual(['here/model.json', 'here/a.bin', 'here/b.bin']);
  });

  it('weight files are refused that are longer than the weights, together', async () => {
    const fetchFunc = async (url: unknown) => {
      const body = graph[String(url).split('/').at(-1)!]!;
      const bytes = /\.bin$/.test(String(url)) ? new Uint8Array(body.length + 400) : body;
      return { ok: true, arrayBuffer: async () => new Uint8Array(bytes).buffer } as Response;
    };
    await expect(loadGraphModel('here/model.json', { fetchFunc })).rejects.toEqual(
      code('ERR_LIMIT_EXCEEDED'),
    );
  });

  it('option fromTFHub', async () => {
    await expectLoads(`${address}/hub/net`, { fromTFHub: true });
    expect(urls()).toEqual(
      ['model.json', 'a.bin', 'b.bin'].map((name) => `/hub/net/${name}?tfjs-format=file`),
    );
  });

  it.each([
    ['no answer', 'http://127.0.0.1:1/model.json', {}, 'ERR_FILE'],
    ['status 404', '/nothing.json', {}, 'ERR_FILE'],
    ['no JSON', '/a.bin', {}, 'ERR_INVALID_MODEL'],
    ['a body', '/model.json', { requestInit: { body: 'x' } }, 'ERR_INVALID_TYPE'],
    ['a fetch that gives nothing', '/model.json', { fetchFunc: async () => undefined }, 'ERR_FILE'],
    ['a fetch that throws nothing', '/model.json', { fetchFunc: () => Promise.reject() }, 'ERR_FILE'],
    ['options of the wrong kind', '/model.json', { fetchFunc: 1 }, 'ERR_INVALID_TYPE'],
    ['no options', '/model.json', 7, 'ERR_INVALID_TYPE'],
    ['a module without tensors', '/model.json', { tf: {} }, 'ERR_INVALID_TYPE'],
    ['outputs that are no names', '/model.json', { outputs: [1] }, 'ERR_INVALID_TYPE'],
    ['an unknown option of the session', '/model.json', { session: { nothing: 1 } }, 'ERR_INVALID_ARGUMENT'],
  ])('refuses %s', async (_name, path, options, expectedCode) => {
    const url = path.startsWith('/') ? address + path : path;
    await expect(loadGraphModel(url, options as never)).rejects.toEqual(code(expectedCode));
  });
});

const whole = graphArtifacts();
const bytes = new Uint8Array(whole.weightData as ArrayBuffer);
const stream = (parts: readonly unknown[]) => () =>
  new ReadableStream<never>({
    start(controller) {
      for (const part of parts) controller.enqueue(part as never);
      controller.close();
    },
  });

describe('a model that a handler loads', () => {
  it.each<[string, Artifacts]>([
    ['weights in parts', { ...whole, weightData: [bytes.slice(0, 7).buffer, bytes.slice(7).buffer] }],
    ['weights in a view', { ...whole, weightData: bytes as never }],
    ['a stream of weights', { ...whole, getWeightStream: stream([bytes.slice(0, 7), bytes.slice(7)]) }],
  ])('%s', async (_name, artifacts) => {
    const model = await loadGraphModel(handlerOf(artifacts));
    const [a, b] = [model, expected].map((each) => each.execute(pixels(), 'classes') as tf.Tensor);
    expect(difference(a!, b!)).toBe(0);
    model.dispose();
  });

  it('a handler that does not wait', async () => {
    const model = await loadGraphModel({ load: () => whole });
    expect(model.inputNodes).toEqual(['pixels']);
    model.dispose();
  });

  const endless = () =>
    new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(1024)),
    });
  const cyclic: Record<string, unknown> = { node: [] };
  cyclic.self = cyclic;

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['no topology', {}],
    ['a topology of bytes', { modelTopology: new ArrayBuffer(4) }],
    ['a topology that no JSON can hold', { modelTopology: cyclic }],
    ['an empty topology', { modelTopology: {} }],
    ['nodes that are no list', { modelTopology: { node: 7 } }],
    ['nodes that are none', { modelTopology: { node: [7] } }],
    ['weights without entries', { ...whole, weightSpecs: undefined }],
    ['entries that are no list', { ...whole, weightSpecs: 'w' }],
    ['entries that are none', { ...whole, weightSpecs: [null] }],
    [
      'entries without a shape',
      { ...whole, weightSpecs: [{ name: 'w', dtype: 'float32' }], getWeightStream: endless },
    ],
    ['entries without weights', { ...whole, weightData: undefined }],
    ['weights that are none', { ...whole, weightData: 7 }],
    ['weights of which some are none', { ...whole, weightData: [bytes.buffer, 'x'] }],
    ['too few weights', { ...whole, weightData: bytes.slice(4).buffer }],
    ['too many weights', { ...whole, weightData: [bytes.buffer, new ArrayBuffer(4)] }],
    ['parts that are too many together', { ...whole, getWeightStream: stream([bytes, bytes]) }],
    ['a stream without an end', { ...whole, getWeightStream: endless }],
    ['a stream of something else', { ...whole, getWeightStream: stream([7]) }],
    ['what is no stream', { ...whole, getWeightStream: () => 7 }],
  ])('is refused: %s', async (_name, artifacts) => {
    const refusal = await loadGraphModel(handlerOf(artifacts)).catch((error: unknown) => error);
    expect(refusal).toEqual(expect.objectContaining({ code: expect.stringMatching(/^ERR_/) }));
  });

  it.each([undefined, null, 7, {}, { load: 7 }])('refuses %j in place of a model', async (model) => {
    await expect(loadGraphModel(model as never)).rejects.toEqual(code('ERR_INVALID_TYPE'));
    await expect(loadLayersModel(model as never)).rejects.toEqual(code('ERR_INVALID_TYPE'));
  });
});
