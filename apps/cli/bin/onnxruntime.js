// The process of the peer onnxruntime: loads one network and runs it on request (src/peers/onnxruntime.ts asks).
// Its threads and its memory are its own.

/** @type {typeof import('onnxruntime-node')} */
let runtime;
/** @type {import('onnxruntime-node').InferenceSession} */
let session;
/** @type {Map<number, import('onnxruntime-node').Tensor>} */
const inputs = new Map();

const methods = {
  async open({ model, options }) {
    runtime = await import('onnxruntime-node');
    session = await runtime.InferenceSession.create(model, options);
    return session.inputNames[0];
  },

  put({ key, type, data, dims }) {
    inputs.set(key, new runtime.Tensor(type, data, dims));
  },

  async run({ key, wantsOutputs }) {
    const feeds = { [session.inputNames[0]]: inputs.get(key) };
    const start = performance.now();
    const results = await session.run(feeds);
    const ms = performance.now() - start;
    if (!wantsOutputs) return { ms };
    const outputs = Object.entries(results).map(([name, { type, data, dims }]) => ({
      name,
      type,
      data,
      dims,
    }));
    return { ms, outputs };
  },

  /** Writes the profile. */
  endProfiling() {
    session.endProfiling();
  },
};

process.on('message', async ({ method, argument }) => {
  try {
    process.send({ value: await methods[method](argument) });
  } catch ({ message, code }) {
    process.send({ error: { message, code } });
  }
});
// Ctrl-C reaches every process of the terminal's group; the one that asked says when this one ends.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit());
