/**
 * Compares Zeroskip with TensorFlow.js on models that ship in npm packages, and, as these are exported to ONNX, with
 * onnxruntime-node.
 *
 *     node dist/tensorflow/main.js [--only <part of a name>] [--ms <milliseconds for each timing> [--write]]
 */
import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { replaceSection } from '../zoo/section.ts';
import { type Comparison, compare } from './compare.ts';
import { tensorFlowModels } from './models.ts';
import { type TimedRow, timeModel, timesTable } from './times.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    ms: { type: 'string', default: '0' },
    write: { type: 'boolean', default: false },
  },
});
const ms = Number(values.ms);
if (!(ms >= 0)) throw new RangeError(`Expected milliseconds from 0 for --ms, received ${values.ms}.`);
if (values.write && ms === 0) throw new RangeError('Expected --ms beside --write, received none.');

/** Answers that differ by more than this share of the largest value are not the same. */
const TOLERANCE = 1e-4;

/**
 * Models whose sums cancel, so that they make far more of a rounding: every engine is as far from what float64 gives,
 * see bench/README.md.
 */
const LOOSE: Readonly<Record<string, number>> = {
  'human-models/blazepose-full': 3e-3,
  'human-models/blazepose-heavy': 3e-3,
  'human-models/blazepose-lite': 3e-3,
};

const isFar = (result: Comparison, tolerance = TOLERANCE) =>
  'problem' in result || !(result.difference <= tolerance);

function textOf(result: Comparison): string {
  if ('problem' in result) return result.problem;
  const output = isFar(result) ? ` (${result.output})` : '';
  return `${result.difference.toExponential(1)}${output}`;
}

const models = await tensorFlowModels(values.only);
if (models.length === 0)
  throw new RangeError(`Expected part of a model's name for --only, received ${values.only}.`);
const rows: TimedRow[] = [];
console.log('| Model | Kind | from TensorFlow.js | exported, from onnxruntime |\n| --- | --- | --- | --- |');
for (const model of models) {
  const { tensorflow, onnxruntime } = await compare(model);
  console.log(`| ${model.name} | ${model.kind} | ${textOf(tensorflow)} | ${textOf(onnxruntime)} |`);
  if (isFar(tensorflow, LOOSE[model.name])) process.exitCode = 1;
  if (ms > 0) {
    rows.push(await timeModel(model, ms));
    console.error(timesTable(rows.slice(-1)).split('\n')[2]);
  }
}
if (ms > 0) console.log(`\n${timesTable(rows)}`);
if (values.write) {
  const page = fileURLToPath(new URL('../../../docs/performance.md', import.meta.url));
  const machine = `Measured on ${cpus()[0]!.model}, ${cpus().length} processors, Node.js ${process.versions.node}, by`;
  const text = `${timesTable(rows)}\n\n${machine} \`npm run tensorflow -- --ms ${ms} --write\`.`;
  await writeFile(page, replaceSection(await readFile(page, 'utf8'), 'Models of TensorFlow.js', text));
}
