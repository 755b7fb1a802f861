// What the npm scripts of the repository do after setup.mjs: tests, and programs that are built first.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environment, main, pnpm, quietly, root, SetupError, show } from './processes.mjs';

const wasmModule = join(root, 'packages', 'kernels-wasm32', 'wasm', 'zeroskip.wasm');
const bin = (name) => join(root, 'node_modules', '.bin', name);

/** Turbo starts its tasks through pnpm, which must be on its PATH: "pnpm exec" sees to that. */
function turbo(doing, ...args) {
  const [command, ...own] = pnpm();
  const quiet = ['--output-logs=errors-only', '--log-order=grouped'];
  quietly(doing, command, [...own, 'exec', 'turbo', 'run', ...args, ...quiet]);
}

/** The closing line, from vitest's own report; a file that cannot be loaded counts as one failure. */
function summary(file) {
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const unloadable = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  const failed = report.numFailedTests + unloadable.length;
  const skipped = report.numPendingTests + report.numTodoTests;
  return `${report.numPassedTests} passed, ${failed} failed, ${skipped} skipped`;
}

function vitest(args) {
  const folder = mkdtempSync(join(tmpdir(), 'zeroskip-test-'));
  const file = join(folder, 'report.json');
  try {
    const status = show(bin('vitest'), [
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
      ...args,
    ]);
    return { status, line: summary(file) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs `work`, and says why it failed; the work after it is done all the same. */
function succeeds(work) {
  try {
    work();
    return true;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    return false;
  }
}

function webAssembly() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return console.log('WebAssembly: skipped, its modules are built on Linux on x64 only.');
  }
  quietly('Building the kernels as WebAssembly, which takes a few minutes', process.execPath, [
    join(root, 'packages', 'kernels-wasm32', 'scripts', 'build.mjs'),
  ]);
}

function sanitizers() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return console.log('Sanitizers: skipped, they are tried on Linux on x64 only.');
  }
  quietly('Running the kernels under sanitizers', process.execPath, [
    join(root, 'packages', 'kernels', 'scripts', 'sanitize.mjs'),
    '--short',
  ]);
}

/** @param args tests to run; without, all, and the native code under sanitizers */
function test(args) {
  const areClean = [
    () => quietly('Linting', bin('biome'), ['check', '.']),
    () => turbo('Checking types and building', 'typecheck', 'build'),
    ...(args.length === 0 ? [webAssembly, sanitizers] : []),
  ].map(succeeds);
  const { status, line } = vitest(args);
  if (areClean.includes(false)) console.log('Failed before the tests: see above them.');
  console.log(line);
  return areClean.includes(false) ? 1 : status;
}

/** Programs by task: what is built for them beside the CLI, and the file that is run. */
const programs = {
  start: ['@zeroskip/runner', 'examples/first.mjs'],
  demo: ['@zeroskip/demo', 'apps/demo/dist/main.js'],
  playground: ['@zeroskip/bench', 'apps/playground/scripts/site.mjs'],
  zeroskip: ['@zeroskip/cli', 'apps/cli/bin/zeroskip.cjs'],
  models: ['@zeroskip/bench', 'bench/dist/models.js'],
  verify: ['@zeroskip/bench', 'bench/dist/verify.js'],
  service: ['@zeroskip/bench', 'bench/dist/service/main.js'],
  shapes: ['@zeroskip/bench', 'bench/dist/service/shapes.js'],
  batch: ['@zeroskip/bench', 'bench/dist/batch/main.js'],
  nsfwjs: ['@zeroskip/bench', 'bench/dist/nsfwjs/main.js'],
  clients: ['@zeroskip/bench', 'bench/dist/clients/main.js'],
  zoo: ['@zeroskip/bench', 'bench/dist/zoo/main.js'],
  tensorflow: ['@zeroskip/bench', 'bench/dist/tensorflow/main.js'],
  tflite: ['@zeroskip/bench', 'bench/dist/tflite/main.js'],
  pages: ['@zeroskip/bench', 'bench/dist/pages/main.js'],
  quantised: ['@zeroskip/bench', 'bench/dist/quantised/main.js'],
  published: ['@zeroskip/bench', 'bench/dist/published.js'],
  'published-table': ['@zeroskip/formats', 'packages/formats/scripts/published-table.mjs'],
  'docs:cli': ['@zeroskip/bench', 'bench/dist/outputs.js'],
};

main(() => {
  const [task, ...args] = process.argv.slice(2);
  if (task === 'test') return test(args);
  if (!Object.hasOwn(programs, task)) {
    throw new SetupError(`Expected one of test, ${Object.keys(programs).join(', ')}, received ${task}.`);
  }
  const [built, file] = programs[task];
  turbo('Building', 'build', '--filter=@zeroskip/cli', `--filter=${built}`);
  if (task === 'playground' && !existsSync(wasmModule)) webAssembly();
  // npm starts scripts in the package's folder, and says where it was started itself.
  const cwd = task === 'zeroskip' ? (environment.INIT_CWD ?? root) : root;
  return show(process.execPath, [join(root, file), ...args], { cwd });
});
