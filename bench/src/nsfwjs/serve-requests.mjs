// Does what the parent process asks for, by the functions of `globalThis.requests`.
process.on('message', async (request) => {
  const reply = await globalThis.requests[request.kind](request).catch((error) => ({
    failure: String(error),
  }));
  process.send(reply ?? {});
});
