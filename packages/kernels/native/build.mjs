// Builds the addon with node-gyp, against the headers that came with this Node where they are installed.
// --clean starts anew; other arguments are node-gyp's. JOBS is the number of compilations at a time.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gyp } from './gyp.mjs';

const prefix = dirname(dirname(process.execPath));
const headers = existsSync(join(prefix, 'include', 'node', 'node_api.h')) ? [`--nodedir=${prefix}`] : [];
const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js');
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
// Package managers build whatever has a binding.gyp at its root, so it is there only while node-gyp runs.
const binding = join(root, 'binding.gyp');
writeFileSync(binding, JSON.stringify(gyp, null, 2));
const isClean = process.argv[2] === '--clean';
const { status } = spawnSync(
  process.execPath,
  [
    nodeGyp,
    ...(isClean ? ['rebuild'] : ['configure', 'build']),
    ...headers,
    '-j',
    process.env.JOBS ?? String(availableParallelism()),
    ...process.argv.slice(isClean ? 3 : 2),
  ],
  { cwd: root, stdio: 'inherit' },
);
rmSync(binding);
process.exit(status ?? 1);
