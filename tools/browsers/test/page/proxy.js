import { InferenceSession, prepareProxy, Tensor } from '@zeroskip/runner/proxy';
import { tasksOf } from './tasks.js';

/** Workers that were started, and those of them that were ended. */
const workers = { started: 0, ended: 0 };
const { Worker } = globalThis;
globalThis.Worker = class extends Worker {
  constructor(...args) {
    super(...args);
    workers.started++;
  }

  terminate() {
    workers.ended++;
    super.terminate();
  }
};

const refusal = (promise) =>
  promise.then(
    () => 'no error',
    ({ name, code, message }) => ({ name, code, message }),
  );

globalThis.tasks = {
  ...tasksOf({ InferenceSession, Tensor }),

  workers: () => ({ ...workers }),

  /** What a session of two runs tells beside their results. */
  async session({ model, dims }) {
    const progress = [];
    const session = await InferenceSession.create(model, { onProgress: ({ stage }) => progress.push(stage) });
    const image = new Tensor('float32', new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(1), dims);
    const feeds = { [session.inputNames[0]]: image };
    const target = new Tensor('float32', new Float32Array(session.outputMetadata[0].shape[1]), [
      1,
      session.outputMetadata[0].shape[1],
      1,
      1,
    ]);
    let layers = 0;
    const results = await session.run(feeds, { y: target }, { trace: (each) => (layers = each.length) });
    // What only looks like a tensor, of an array of numbers.
    const like = { type: 'float32', data: Array.from(image.data), dims };
    const again = await session.run({ [session.inputNames[0]]: like }, ['y']);
    const wrong = await refusal(session.run({ none: image }));
    await session.release();
    await session.release();
    return {
      names: [session.inputNames, session.outputNames],
      progress,
      layers,
      isFilled: results.y === target && target.data.every((value, i) => value === again.y.data[i]),
      isKept: image.data.length > 0,
      wrong,
      released: await refusal(session.run(feeds)),
    };
  },

  /** How often the page could do something else while a network ran. */
  async turns({ model, dims }) {
    const session = await InferenceSession.create(model);
    const image = new Tensor('float32', new Float32Array(dims.reduce((a, b) => a * b, 1)), dims);
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await session.run({ [session.inputNames[0]]: image });
    clearInterval(timer);
    await session.release();
    return turns;
  },

  /** A worker whose program is not there, and one whose module is not. */
  async lost({ model }) {
    prepareProxy({ worker: () => new globalThis.Worker('/none.js', { type: 'module' }) });
    const program = await refusal(InferenceSession.create(model));
    prepareProxy({ module: 'none.wasm' });
    const module = await refusal(InferenceSession.create(model));
    prepareProxy({});
    return { program, module, next: await refusal(InferenceSession.create(model).then((s) => s.release())) };
  },
};
globalThis.isReady = true;
