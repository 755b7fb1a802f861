// The work of "npm test" and "npm run demo", after setup.mjs.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main, pnpm, root, SetupError, show } from './processes.mjs';

const bin = (name) => join(root, 'node_modules', '.bin', name);

/** Turbo starts its tasks through pnpm, which must be on its PATH: "pnpm exec" sees to that. */
function turbo(task) {
  const [command, ...args] = pnpm();
  return show(command, [
    ...args,
    'exec',
    'turbo',
    'run',
    task,
    '--output-logs=errors-only',
    '--log-order=grouped',
  ]);
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

function test(args) {
  const lint = show(bin('biome'), ['check', '.']);
  const types = turbo('typecheck');
  const { status, line } = vitest(args);
  if (lint !== 0) console.log('Linting failed: see the first lines, or run "npm run lint".');
  if (types !== 0) console.log('Type-checking failed: see above, or run "npm run typecheck".');
  console.log(line);
  return lint || types || status;
}

function demo(args) {
  return turbo('build') || show(process.execPath, [join(root, 'apps', 'demo', 'dist', 'main.js'), ...args]);
}

main(() => {
  const [task, ...args] = process.argv.slice(2);
  if (task === 'test') return test(args);
  if (task === 'demo') return demo(args);
  throw new SetupError(`Expected test or demo, received ${task}.`);
});
