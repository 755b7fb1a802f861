import { expect, it } from 'vitest';
import type { Client } from '../../src/clients/client.ts';
import { manifest } from '../../src/clients/project.ts';

const client: Client = {
  name: 'some-ocr',
  version: '1.2.3',
  engine: 'onnxruntime-node',
  install: { 'onnxruntime-node': '1.30.0', sharp: '0.35.5' },
  overrides: { lodash: '4.0.0' },
};
const ALIAS = 'npm:@zeroskip/onnxruntime@*';

it('a project has what the client and its application ask for', () => {
  expect(manifest(client, false)).toEqual({
    private: true,
    dependencies: { 'some-ocr': '1.2.3', 'onnxruntime-node': '1.30.0', sharp: '0.35.5' },
    overrides: { lodash: '4.0.0' },
  });
});

it('a project with Zeroskip replaces every package of onnxruntime, those that it asks for itself as well', () => {
  expect(manifest(client, true)).toEqual({
    private: true,
    dependencies: { 'some-ocr': '1.2.3', 'onnxruntime-node': ALIAS, sharp: '0.35.5' },
    overrides: {
      lodash: '4.0.0',
      'onnxruntime-node': ALIAS,
      'onnxruntime-web': ALIAS,
      'onnxruntime-common': ALIAS,
    },
  });
});
