import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { SetupError } from '../../scripts/processes.mjs';
import { run } from './run.mjs';

/** Compressed, as it is downloaded: what is published is not minified. */
const MAX_JAVASCRIPT_BYTES = 100 * 1024;
const MAX_ADDON_BYTES = 3_000_000;
/** The runner needs more: it has all operators. */
const MORE_JAVASCRIPT_BYTES = { '@zeroskip/runner': 144 * 1024 };
const FOREIGN =
  /\.(onnx|pb|bin|npy|jpe?g|png|webp|gif)$|(^|\/)(test|npm|fixtures|node_modules|\.cache)\/|\.test\.|\.gyp$/;
const REQUIRED = ['package/package.json', 'package/README.md', 'package/LICENSE'];
const SCRIPTS = ['preinstall', 'install', 'postinstall', 'prepare'];

const bin = (name) => fileURLToPath(new URL(`node_modules/.bin/${name}`, import.meta.url));
const sha256 = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');
const kb = (bytes) => Number((bytes / 1000).toFixed(1));

/** Each file of a tarball with its size. */
function entries(file) {
  const lines = run('tar', ['-tvzf', file]).trim().split('\n');
  return lines
    .map((line) => line.split(/\s+/))
    .map((fields) => ({ path: fields[5], bytes: Number(fields[2]) }));
}

const total = (files, pattern) =>
  files.filter(({ path }) => pattern.test(path)).reduce((sum, { bytes }) => sum + bytes, 0);

function compressed(file, paths, pattern) {
  const matching = paths.filter((path) => pattern.test(path));
  return matching.length === 0 ? 0 : gzipSync(run('tar', ['-xzOf', file, ...matching])).length;
}

/** Throws for a tarball that is not to be published; returns what the table says of it. */
export function checkTarball({ name, isAddon }, file, again) {
  const refuse = (expected, received) => {
    throw new SetupError(`Expected ${expected} for ${name}, received ${received}.`);
  };
  const hash = sha256(file);
  if (hash !== sha256(again))
    refuse('the same tarball from the same sources', `${hash} and ${sha256(again)}`);
  const files = entries(file);
  const paths = files.map(({ path }) => path);
  const missing = REQUIRED.filter((path) => !paths.includes(path));
  if (missing.length > 0) refuse(missing.join(', '), 'a tarball without');
  const foreign = paths.filter((path) => FOREIGN.test(path));
  if (foreign.length > 0) refuse('no models, photos or tests', foreign.join(', '));
  const manifest = JSON.parse(run('tar', ['-xzOf', file, 'package/package.json']));
  const scripts = SCRIPTS.filter((script) => manifest.scripts?.[script]);
  if (scripts.length > 0) refuse('no install script', scripts.join(', '));
  const javascript = Math.max(
    compressed(file, paths, /dist\/.*\.js$/),
    compressed(file, paths, /dist\/.*\.cjs$/),
  );
  const maxJavascript = MORE_JAVASCRIPT_BYTES[name] ?? MAX_JAVASCRIPT_BYTES;
  if (javascript > maxJavascript)
    refuse(`at most ${maxJavascript} bytes of compressed JavaScript`, javascript);
  const addon = total(files, /\.node$/);
  if (addon > MAX_ADDON_BYTES) refuse(`an addon of at most ${MAX_ADDON_BYTES} bytes`, addon);
  if (isAddon !== addon > 0) refuse(isAddon ? 'an addon' : 'no addon', `${addon} bytes`);
  const checks = ['reproducible', 'contents', 'sizes', 'publint'];
  run(bin('publint'), [file, '--strict']);
  if (manifest.exports && !isAddon) {
    // The program of a worker has nothing to import.
    run(bin('attw'), [file, '--profile', 'node16', '--exclude-entrypoints', './worker']);
    checks.push('attw');
  }
  console.log(`  ${name}@${manifest.version}: ${checks.join(', ')}`);
  return {
    packedKb: kb(statSync(file).size),
    javascriptKb: kb(javascript),
    addonKb: kb(addon),
    sha256: hash,
    checks: checks.join(' '),
  };
}
