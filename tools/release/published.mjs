import { platforms } from '../../packages/kernels/scripts/platforms.mjs';

const names = ['tensor', 'formats', 'kernels-wasm32', 'kernels', 'selector', 'onnx', 'tensorflow', 'runner'];

/** What is published, in the direction of imports: each imports only what is before it. */
export const published = [
  ...platforms.map(({ id, name, folder }) => ({ name, folder, isAddon: true, platform: id })),
  ...names.map((name, i) => ({
    name: `@zeroskip/${name}`,
    folder: `packages/${name}`,
    isAddon: false,
    below: names.slice(0, i).map((each) => `@zeroskip/${each}`),
  })),
  ...[
    ['@zeroskip/onnxruntime', 'packages/onnxruntime', []],
    ['@zeroskip/tfjs', 'packages/tfjs', []],
    ['@zeroskip/batch', 'packages/batch', []],
    ['@zeroskip/cli', 'apps/cli', ['@zeroskip/batch']],
  ].map(([name, folder, more]) => ({
    name,
    folder,
    isAddon: false,
    below: [...names.map((each) => `@zeroskip/${each}`), ...more],
  })),
];
