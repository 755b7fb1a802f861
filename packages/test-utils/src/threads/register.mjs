// Loaded by every process of the tests: worker threads that a package starts run its sources, as the tests do.
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

if (!isMainThread) register('./load-typescript.mjs', import.meta.url);
