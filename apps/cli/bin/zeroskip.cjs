#!/usr/bin/env node
// For decoding images. The size of Node's thread pool is read with the first that uses it: an ES module is too late.
const { availableParallelism } = require('node:os');

process.env.UV_THREADPOOL_SIZE ??= String(Math.max(4, availableParallelism()));
import('../dist/main.js');
