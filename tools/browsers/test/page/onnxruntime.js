// A client of onnxruntime-web, whose name stands for @zeroskip/onnxruntime here.
import * as ort from 'onnxruntime-web';
import * as wasm from 'onnxruntime-web/wasm';

const warnings = [];
console.warn = (text) => warnings.push(text);

/** Workers that hold sessions; the programs of those that compute for a page are no files. */
let workers = 0;
const { Worker } = globalThis;
globalThis.Worker = class extends Worker {
  constructor(from, options) {
    super(from, options);
    if (!String(from).startsWith('blob:')) workers++;
  }
};

globalThis.tasks = {
  /** One run, with what `env.wasm` is given. */
  async run({ model, dims, env = {}, asBytes }) {
    Object.assign(ort.env.wasm, env);
    const before = workers;
    const given = asBytes ? await (await fetch(model)).arrayBuffer() : model;
    const session = await ort.InferenceSession.create(given, { executionProviders: ['webgpu', 'wasm'] });
    const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 1.7));
    const { y } = await session.run({ r0: new ort.Tensor('float32', data, dims) });
    const { inputNames, outputNames } = session;
    await session.release();
    return {
      y: Array.from(await y.getData()),
      inputNames,
      outputNames,
      isTensor: y instanceof ort.Tensor,
      usesWorker: workers > before,
    };
  },

  facts: () => ({ versions: { ...ort.env.versions }, isOne: wasm.InferenceSession === ort.InferenceSession }),

  warnings: () => warnings.splice(0),

  /** A picture of two pixels, red and half of blue: as a tensor, and back. */
  async pictures() {
    const pixels = new ImageData(Uint8ClampedArray.of(255, 0, 0, 255, 0, 0, 128, 255), 2, 1);
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [2, 1];
    canvas.getContext('2d').putImageData(pixels, 0, 0);
    const address = canvas.toDataURL();
    const bytes = await (await fetch(address)).arrayBuffer();
    const tensors = await Promise.all([
      ort.Tensor.fromImage(pixels),
      ort.Tensor.fromImage(address),
      ort.Tensor.fromImage(new Uint8Array(bytes)),
      ort.Tensor.fromImage(await createImageBitmap(pixels), {}),
    ]);
    const again = await ort.Tensor.fromImage(tensors[0].toDataURL());
    return [...tensors, again].map(({ data, dims }) => ({
      dims,
      bytes: Array.from(data, (value) => Math.round(value * 255)),
    }));
  },
};
globalThis.isReady = true;
