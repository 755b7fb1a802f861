/**
 * Compares Zeroskip with onnxruntime-node on networks that ship in npm packages: their answers, and the time of a run.
 *
 *     node dist/zoo/main.js [--only <part of a name>] [--ms <milliseconds>] [--write]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fetchModel } from './fetch.ts';
import type { ZooResult } from './measure.ts';
import { zooModels } from './model.ts';
import { replaceSection } from './section.ts';
import { type ZooRow, zooTable } from './table.ts';

const child = fileURLToPath(new URL('./child.js', import.meta.url));
const page = fileURLToPath(new URL('../../../docs/performance.md', import.meta.url));

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    ms: { type: 'string', default: '2000' },
    write: { type: 'boolean', default: false },
  },
});
if (!(Number(values.ms) > 0))
  throw new RangeError(`Expected milliseconds above 0 for --ms, received ${values.ms}.`);

/** Answers that differ by more than this share of the largest value are not the same. */
const TOLERANCE = 1e-3;

const rows: ZooRow[] = [];
for (const model of await zooModels(values.only)) {
  await fetchModel(model);
  const results: ZooRow['results'][number][] = [];
  for (const threads of [1, 2]) {
    const process = fork(child, [model.name, String(threads), values.ms]);
    const [[result]] = (await Promise.all([once(process, 'message'), once(process, 'exit')])) as [
      [ZooResult | { problem: string }],
      unknown,
    ];
    const isFar = !('problem' in result) && !(result.difference <= TOLERANCE);
    results.push(isFar ? { problem: `answers differ by ${result.difference}` } : result);
  }
  rows.push({ model, results });
  console.error(zooTable(rows.slice(-1)).split('\n')[2]);
}
const table = zooTable(rows);
console.log(table);
if (values.write) {
  const machine = `Measured on ${cpus()[0]!.model}, ${cpus().length} processors, Node.js ${process.versions.node}, by`;
  const text = `${table}\n\n${machine} \`npm run zoo -- --ms ${values.ms} --write\`.`;
  await writeFile(page, replaceSection(await readFile(page, 'utf8'), 'Networks from npm packages', text));
}
if (rows.some(({ results }) => results.some((result) => 'problem' in result))) process.exitCode = 1;
