// What a page does with sessions, of the runner or in a worker: each task by name, called by the tests.
export function tasksOf({ InferenceSession, Tensor }) {
  async function answer(session, dims, seed) {
    const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) =>
      Math.sin(i * 1.7 + seed),
    );
    const results = await session.run({ [session.inputNames[0]]: new Tensor('float32', data, dims) });
    return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, Array.from(data)]));
  }

  return {
    async run({ model, dims, runs = 1, threads, asBytes }) {
      const given = asBytes ? await (await fetch(model)).arrayBuffer() : model;
      const session = await InferenceSession.create(given, threads ? { intraOpNumThreads: threads } : {});
      let results;
      for (let i = 0; i < runs; i++) results = await answer(session, dims, i);
      await session.release();
      return results;
    },

    async fail({ model }) {
      try {
        await InferenceSession.create(model);
        return 'no error';
      } catch ({ code, message }) {
        return { code, message };
      }
    },

    /** Aborts in the middle, then runs again. */
    async abort({ model, dims }) {
      const session = await InferenceSession.create(model);
      const controller = new AbortController();
      const image = new Tensor('float32', new Float32Array(dims.reduce((a, b) => a * b, 1)), dims);
      setTimeout(() => controller.abort(), 30);
      const error = await session.run({ [session.inputNames[0]]: image }, { signal: controller.signal }).then(
        () => 'it ended',
        ({ name }) => name,
      );
      const results = await answer(session, dims, 0);
      await session.release();
      return { error, results };
    },
  };
}
