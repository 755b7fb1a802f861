import { InferenceSession, prepareAddon, Tensor } from '@zeroskip/runner';
import { tasksOf } from './tasks.js';

let memory;
const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
  constructor(module, imports) {
    super(module, imports);
    memory ??= this.exports.memory ?? imports.env.memory;
  }
};

globalThis.tasks = {
  ...tasksOf({ InferenceSession, Tensor }),

  async load(from) {
    await prepareAddon(from?.bytesOf ? await (await fetch(from.bytesOf)).arrayBuffer() : from);
    return globalThis.crossOriginIsolated;
  },

  memory: () => memory.buffer.byteLength,
};
globalThis.isReady = true;
