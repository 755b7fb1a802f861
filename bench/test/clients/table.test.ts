import { expect, it } from 'vitest';
import type { Row } from '../../src/clients/measure.ts';
import { type Pair, summarize } from '../../src/clients/measurement.ts';
import { clientsTable } from '../../src/clients/table.ts';

const pair = (onnxruntimeMs: number, zeroskipMs: number): Pair => ({
  onnxruntime: { wallMs: onnxruntimeMs, cpuMs: 2 * onnxruntimeMs },
  zeroskip: { wallMs: zeroskipMs, cpuMs: zeroskipMs },
});

const row: Row = {
  client: { name: 'some-ocr', version: '1.2.3', engine: 'onnxruntime-node' },
  job: 'one line',
  summary: summarize(pair(500, 250), [pair(100, 50), pair(120, 60), pair(90, 30), pair(200, 400)]),
  bytes: { onnxruntime: 335e6, zeroskip: 57.4e6 },
};

it('summarizes pairs of runs by medians and quartiles of their ratios', () => {
  expect(row.summary).toEqual({
    firstMs: { onnxruntime: 500, zeroskip: 250 },
    onnxruntimeMs: 110,
    zeroskipMs: 55,
    ratio: 2,
    quartiles: [1.625, 2.25],
    cpuRatio: 4,
  });
});

it('prints a line for each job', () => {
  expect(clientsTable([row]).split('\n')).toEqual([
    '| client         | runs on          | job      | answers | first time, ms | onnxruntime, ms | Zeroskip, ms | ratio (quartiles) | of CPU time | node_modules, MB |',
    '| -------------- | ---------------- | -------- | ------- | -------------- | --------------- | ------------ | ----------------- | ----------- | ---------------- |',
    '| some-ocr 1.2.3 | onnxruntime-node | one line | equal   | 500 → 250      | 110             | 55           | 2.00× (1.63–2.25) | 4.00×       | 335 → 57         |',
  ]);
});

it('prints the first line of what went wrong, and times where there are some', () => {
  const { summary: _, ...unmeasured } = row;
  const lines = clientsTable([
    { ...row, problem: 'differ: answer[0].text: "a|b" and "c"' },
    { ...unmeasured, job: '', problem: 'zeroskip: no operator\nat a place' },
  ]).split('\n');
  expect(lines[2]).toContain('| differ: answer[0].text: "a\\|b" and "c" | 500 → 250 ');
  expect(lines[3]).toMatch(/\| – +\| zeroskip: no operator +\| – /);
});
