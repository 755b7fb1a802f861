import { describe, expect, it } from 'vitest';
import { InferenceSession } from '../../src/index.ts';
import { worded } from '../support/refusal.ts';
import {
  evaluate,
  functional,
  inputLayer,
  type Json,
  layer,
  layersModel,
  sequential,
} from './layers-model.ts';
import { at, load, loadJson } from './refusals.ts';

describe('an input layer is refused', () => {
  it.each<[string, unknown, string]>([
    ['without a shape', undefined, 'ERR_INVALID_MODEL'],
    ['with a shape that is a number', 5, 'ERR_INVALID_MODEL'],
    ['without axes', [], 'ERR_INVALID_MODEL'],
    ['with a negative dim', [null, -5, 2], 'ERR_INVALID_MODEL'],
    ['with a broken dim', [null, 2.5], 'ERR_INVALID_MODEL'],
    ['with a dim that is text', [null, '5'], 'ERR_INVALID_MODEL'],
    ['with too many axes', [null, 1, 1, 1, 1, 1, 1, 1, 1], 'ERR_LIMIT_EXCEEDED'],
    ['with huge dims', [null, 2 ** 40, 2 ** 40], 'ERR_LIMIT_EXCEEDED'],
    ['with a dim beyond exact numbers', [null, 1e300], 'ERR_INVALID_MODEL'],
  ])('%s', async (_what, shape, expected) => {
    const input = { class_name: 'InputLayer', config: { name: 'x', batch_input_shape: shape } };
    await expect(load(sequential([input, layer('ReLU', 'r')]))).rejects.toThrow(worded(expected));
  });

  it('of another type', async () => {
    const input = inputLayer([2]);
    (input.config as Json).dtype = 'int32';
    await expect(load(sequential([input, layer('ReLU', 'r')]))).rejects.toThrow(
      worded('ERR_UNSUPPORTED_TYPE'),
    );
  });
});

describe('a topology is refused', () => {
  const x = inputLayer([2]);
  const relu = (name: string, ...inputs: string[]) => layer('ReLU', name, {}, inputs);

  it.each<[string, Json]>([
    ['with a cycle', functional([x, relu('a', 'b'), relu('b', 'a')], ['x'], ['b'])],
    ['with a layer that reads itself', functional([x, relu('a', 'a')], ['x'], ['a'])],
    ['with a name twice', functional([x, relu('a', 'x'), relu('a', 'x')], ['x'], ['a'])],
    ['with a name twice in a sequence', sequential([x, relu('a'), relu('a')])],
    ['that reads a layer that is not there', functional([x, relu('a', 'ghost')], ['x'], ['a'])],
    ['that reads __proto__', functional([x, relu('a', '__proto__')], ['x'], ['a'])],
    ['whose output is not there', functional([x, relu('a', 'x')], ['x'], ['ghost'])],
    ['whose input is not there', functional([x, relu('a', 'x')], ['ghost'], ['a'])],
    ['whose input is there twice', functional([x, relu('a', 'x')], ['x', 'x'], ['a'])],
    ['whose input is no input layer', functional([x, relu('a', 'x')], ['a'], ['a'])],
    ['that reads an input it does not declare', functional([x, relu('a', 'x')], [], ['a'])],
    ['without outputs', functional([x, relu('a', 'x')], ['x'], [])],
    ['without layers', sequential([])],
    ['whose layers are no list', { class_name: 'Sequential', config: { layers: {} } }],
    ['without a configuration', { class_name: 'Model', config: null }],
    ['whose layers have no class', sequential([{ config: {} }])],
    ['whose layers have no configuration', sequential([{ class_name: 'ReLU' }])],
    ['whose calls are numbers', functional([x, { ...relu('a'), inbound_nodes: [5] }], ['x'], ['a'])],
    ['whose calls read numbers', functional([x, { ...relu('a'), inbound_nodes: [[5]] }], ['x'], ['a'])],
    [
      'that reads a call that is not there',
      functional([x, { ...relu('a'), inbound_nodes: [[['x', 7, 0]]] }], ['x'], ['a']),
    ],
    [
      'that reads a negative call',
      functional([x, { ...relu('a'), inbound_nodes: [[['x', -1, 0]]] }], ['x'], ['a']),
    ],
    [
      'that reads an output that is not there',
      functional([x, { ...relu('a'), inbound_nodes: [[['x', 0, 1]]] }], ['x'], ['a']),
    ],
    [
      'that reads a broken output',
      functional([x, { ...relu('a'), inbound_nodes: [[['x', 0, 0.5]]] }], ['x'], ['a']),
    ],
  ])('%s', async (_what, topology) => {
    await expect(load(topology)).rejects.toThrow(worded('ERR_INVALID_MODEL'));
  });

  it('of another class', async () => {
    const topology = { class_name: 'Ensemble', config: {} };
    await expect(load(topology)).rejects.toThrow(worded('ERR_UNSUPPORTED_OPERATOR'));
  });

  it('with more nodes or layers than the limit', async () => {
    const many = sequential([x, ...Array.from({ length: 30 }, (_, i) => relu(`r${i}`))]);
    await expect(load(many, {}, { maxNodes: 20 })).rejects.toThrow(worded('ERR_LIMIT_EXCEEDED'));
    const idle = sequential([x, ...Array.from({ length: 30 }, (_, i) => layer('Dropout', `d${i}`))]);
    await expect(load(idle, {}, { maxNodes: 20 })).rejects.toThrow(worded('ERR_LIMIT_EXCEEDED'));
  });

  it('with models inside models that double their work at each depth', async () => {
    let inner: Json = functional([inputLayer([2], 'in'), layer('Dropout', 'd', {}, ['in'])], ['in'], ['d']);
    for (let depth = 0; depth < 11; depth++) {
      const twice = (name: string, from: string) => ({
        ...layer('Model', name, {}, [from]),
        config: inner.config,
      });
      inner = functional([inputLayer([2], 'in'), twice('a', 'in'), twice('b', 'a')], ['in'], ['b']);
    }
    await expect(load(inner, {}, { maxNodes: 1000 })).rejects.toThrow(worded('ERR_LIMIT_EXCEEDED'));
  });

  it.each(['Functional', 'Sequential'])('with %s models nested beyond the limit', async (className) => {
    let inner = sequential([inputLayer([2], 'in'), layer('ReLU', 'r')]);
    for (let depth = 0; depth < 40; depth++) {
      inner =
        className === 'Sequential'
          ? sequential([{ ...layer('Sequential', 'inner'), config: inner.config }])
          : functional(
              [
                inputLayer([2], 'in'),
                { ...layer(inner.class_name as string, 'inner', {}, ['in']), config: inner.config },
              ],
              ['in'],
              ['inner'],
            );
    }
    await expect(load(inner)).rejects.toThrow(worded('ERR_LIMIT_EXCEEDED'));
  });

  it('that gives an inner model the wrong number of inputs', async () => {
    const inner = functional([inputLayer([2], 'in'), layer('ReLU', 'r', {}, ['in'])], ['in'], ['r']);
    const both = { ...layer('Model', 'inner', {}, ['x', 'y']), config: inner.config };
    const outer = functional([x, inputLayer([2], 'y'), both], ['x', 'y'], ['inner']);
    await expect(load(outer)).rejects.toThrow(worded('ERR_INVALID_MODEL'));
  });
});

describe('model.json is refused', () => {
  it.each<[string, string]>([
    ['that is cut off', '{"modelTopology": {'],
    ['with something behind it', '{} {}'],
    ['that is empty', '{}'],
    ['without a topology', '{"weightsManifest": []}'],
    ['with a topology that is a number', '{"modelTopology": 5, "weightsManifest": []}'],
    ['with a topology that is null', '{"modelTopology": null, "weightsManifest": []}'],
    ['with a topology that is a list', '{"modelTopology": [], "weightsManifest": []}'],
    ['with a topology nested deeply', `{"modelTopology": ${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
  ])('%s', async (_what, text) => {
    await expect(InferenceSession.create(new TextEncoder().encode(text))).rejects.toThrow(
      worded('ERR_INVALID_MODEL'),
    );
  });

  it('that is not UTF-8', async () => {
    const bytes = new Uint8Array([...new TextEncoder().encode('{"a": "'), 0xff, 0x22, 0x7d]);
    await expect(InferenceSession.create(bytes)).rejects.toThrow(worded('ERR_INVALID_MODEL'));
  });

  it.each<[string, Json]>([
    ['has no topology', { format: 'graph-model', modelTopology: {} }],
    ['has no nodes', { modelTopology: { node: [] }, weightsManifest: [] }],
  ])('for a graph model that %s', async (_what, json) => {
    await expect(loadJson(json)).rejects.toThrow(worded('ERR_INVALID_MODEL'));
  });

  it('at every truncation', async () => {
    const topology = sequential([inputLayer([2]), layer('ReLU', 'r')]);
    const text = JSON.stringify({ modelTopology: topology, weightsManifest: [] });
    for (let length = 1; length < text.length; length++) {
      const bytes = new TextEncoder().encode(text.slice(0, length));
      await expect(InferenceSession.create(bytes)).rejects.toThrow(worded('ERR_INVALID_MODEL'));
    }
  });

  it('beyond the size limit', async () => {
    const bytes = new TextEncoder().encode(`{${' '.repeat(1000)}}`);
    const created = InferenceSession.create(bytes, { limits: { maxFileBytes: 1000 } });
    await expect(created).rejects.toThrow(worded('ERR_LIMIT_EXCEEDED'));
  });
});

it('a run is refused where open dims turn out not to fit', async () => {
  const topology = sequential([inputLayer([null, 2]), layer('MaxPooling1D', 'subject', { pool_size: 3 })]);
  await expect(evaluate(layersModel(topology), [1, 2, 2], [])).rejects.toThrow(at(/^ERR_INVALID_/));
});
