// Runs a client's jobs in the project that is the working folder, each when it is asked to.

import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import type { Jobs, Start } from './client.ts';
import type { Inputs } from './inputs.ts';
import type { Reply, Request } from './worker.ts';

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

let jobs: Jobs = {};

async function start(inputs: Inputs): Promise<Reply> {
  const { start }: { readonly start: Start } = await import(pathToFileURL(resolve('client.mjs')).href);
  jobs = await start(inputs);
  return { kind: 'started', jobs: Object.keys(jobs) };
}

async function run(name: string): Promise<Reply> {
  const cpu = process.cpuUsage();
  const begin = performance.now();
  const answer = await jobs[name]!();
  const wallMs = performance.now() - begin;
  const { user, system } = process.cpuUsage(cpu);
  return { kind: 'ran', sample: { wallMs, cpuMs: (user + system) / 1000 }, answer };
}

process.on('message', async (request: Request) => {
  const reply = await (request.kind === 'start' ? start(request.inputs) : run(request.job)).catch(
    (error: unknown): Reply => ({ kind: 'failed', message: messageOf(error) }),
  );
  process.send!(reply);
});
