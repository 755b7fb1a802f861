#!/usr/bin/env node
// Runs and decoding share Node's thread pool, whose size is read with the first that uses it: an ES module is too late.
const { availableParallelism } = require('node:os');

process.env.UV_THREADPOOL_SIZE ??= String(Math.max(4, 2 * availableParallelism()));
import('../dist/main.js');
