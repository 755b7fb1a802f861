const names = ['tensor', 'formats', 'kernels', 'selector', 'runner'];

/** What is published, in the direction of imports: each imports only what is before it. */
export const published = [
  ...['linux-arm64', 'linux-x64'].map((platform) => ({
    name: `@zeroskip/kernels-${platform}`,
    folder: `packages/kernels-${platform}`,
    isAddon: true,
  })),
  ...names.map((name, i) => ({
    name: `@zeroskip/${name}`,
    folder: `packages/${name}`,
    isAddon: false,
    below: names.slice(0, i).map((each) => `@zeroskip/${each}`),
  })),
  {
    name: '@zeroskip/cli',
    folder: 'apps/cli',
    isAddon: false,
    below: names.map((each) => `@zeroskip/${each}`),
  },
];
