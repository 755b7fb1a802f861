import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { formats } from '@zeroskip/formats';
import type { MachineRates } from '@zeroskip/kernels';
import { temporaryFolder } from '@zeroskip/test-utils/temporary-folder';
import { beforeAll, describe, expect, it } from 'vitest';
import { claimsOf } from '../../../src/commands/bench/claims.ts';
import { benchPage } from '../../../src/commands/bench/page.ts';
import type { BenchReport } from '../../../src/commands/bench/report.ts';
import type { LayerRow } from '../../../src/commands/bench/rows.ts';
import type { LayerInspection } from '../../../src/commands/inspect/measure.ts';
import { inspectionPage } from '../../../src/commands/inspect/page.ts';
import { factor, milliseconds } from '../../../src/report/figures.ts';
import { heatMap } from '../../../src/report/heat-map.ts';
import { longEnvironment } from '../../support/fixtures.ts';

const folder = temporaryFolder();

const row = (index: number): LayerRow => ({
  name: `layer <${index}>`,
  inputShape: [1, 64, 32, 32],
  weightShape: [32, 64, 3, 3],
  strides: [1, 1],
  dilations: [1, 1],
  pads: [1, 1, 1, 1],
  group: 1,
  density: 0.2 + index / 20,
  algorithm: index % 3 === 0 ? 'direct' : 'cps',
  parameters: {},
  ms: 3.14 + index,
  encodeMs: 0.5,
  computeMs: 2.5,
  im2colMs: 12.5,
  workspaceBytes: 123_456,
  loweredBytes: 250,
  bytes: { im2col: 3000 + index, cps: 300 },
  work: { operations: 1e9, nonZeroOperations: 4e8, bytes: 1e6 },
});
const layers = Array.from({ length: 12 }, (_, i) => row(i));

const report: BenchReport = {
  environment: {
    ...longEnvironment,
    cpu: 'Example <CPU> & more',
    threads: 2,
    peers: { onnxruntime: '1.30.0' },
  },
  model: { path: '<script>alert(1)</script>.onnx', sha256: 'ab'.repeat(32) },
  inputs: ['a.jpg'],
  contenders: [
    { name: 'zeroskip (im2col)', threads: 2, samplesMs: [200, 210, 190], command: 'zeroskip bench' },
    { name: 'zeroskip (plan)', threads: 2, samplesMs: [100, 101, 99], command: 'zeroskip bench' },
    { name: 'onnxruntime', threads: 2, samplesMs: [150, 149, 151], command: 'zeroskip bench' },
  ],
  subject: 'zeroskip (plan)',
  interrupted: false,
  restMs: [1, 3, 2],
  layers,
  claims: claimsOf(layers)!,
  roofs: {
    target: 'avx2',
    fma: [{ kind: 'fma', threads: 2, median: 200, max: 210, slices: [200] }],
    memory: [{ kind: 'read', threads: 2, median: 10, max: 11, slices: [10], bytes: 2 ** 30, level: 'DRAM' }],
  } as unknown as MachineRates,
  verification: [
    {
      output: 'y',
      contender: 'zeroskip (plan)',
      against: 'onnxruntime',
      maxAbsDiff: 1e-6,
      maxAbs: 1,
      limit: 1e-3,
    },
  ],
};

const inspected: LayerInspection[] = [
  {
    ...row(1),
    densities: [0.5],
    allZeroChannels: 0.1,
    allZeroTiles: 0.2,
    patterns: Array.from({ length: 16 }, () => 1 / 16),
    bytes: Object.fromEntries(formats.map(({ id }, i) => [id, 1000 / (i + 1)])),
    publishedElements: {},
    columnSetIndices: { own: 1, published: 1 },
  },
];
const data = Float32Array.of(0, 1, 2, 0);
const maps = new Map([[row(1).name, heatMap({ channels: 1, height: 2, width: 2, data })]]);

describe('benchPage', () => {
  let page: string;
  beforeAll(async () => {
    page = await benchPage(report, maps);
  });

  it('holds everything, and needs nothing', () => {
    expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)|@import|url\((?!#)/);
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;.onnx');
    // Five plots in two colours.
    expect(page.match(/<svg/g)).toHaveLength(10);
  });

  it('has the figures of the report', () => {
    const cells = [...page.matchAll(/<td>(.*?)<\/td>/g)].map(([, cell]) => cell);
    for (const { ms, im2colMs, bytes, loweredBytes } of layers) {
      expect(cells).toContain(milliseconds(ms));
      expect(cells).toContain(milliseconds(im2colMs!));
      expect(cells).toContain(factor(bytes.im2col! / bytes.cps!));
      expect(cells).toContain(factor(bytes.im2col! / loweredBytes));
    }
    for (const text of ['200', '100', '150', '2.00×', '1.50×', '1.0e-6']) expect(cells).toContain(text);
    expect(cells).toContain(factor(report.claims!.cr.all));
  });

  it('says who is off', async () => {
    const off = { ...report.verification[0]!, contender: 'onnxruntime', maxAbsDiff: 0.0025 };
    const page = await benchPage({ ...report, verification: [...report.verification, off] });
    expect(page).toContain('<p>onnxruntime is off by 0.00250 on');
  });

  it('works without convolutions, and with one', async () => {
    const { claims: _, ...rest } = report;
    expect(await benchPage({ ...rest, layers: [] })).not.toContain('<h2>Layers');
    expect(await benchPage({ ...report, layers: [row(1)] })).toContain('<h2>Layers');
  });
});

const chromium = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
);
if (chromium === undefined) console.warn('Skipped: the report in a browser, as there is no chromium.');

describe.runIf(chromium !== undefined)('in a browser', () => {
  const browse = (file: string, ...args: string[]) =>
    spawnSync(
      chromium!,
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--enable-logging=stderr',
        ...args,
        pathToFileURL(file).href,
      ],
      { encoding: 'utf8' },
    );

  it('the plots are there, and the console is silent', async () => {
    const file = folder.write('report.html', await benchPage(report, maps));
    const { stdout, stderr } = browse(file, '--dump-dom');
    expect(stderr).not.toContain('CONSOLE');
    expect(stdout.match(/<svg/g)).toHaveLength(10);
    expect(stdout.match(/<img alt/g)).toHaveLength(2);
  });

  it('maps are drawn, and the console is silent', async () => {
    const page = await inspectionPage({ ...report, layers: inspected }, maps);
    const { stdout, stderr } = browse(folder.write('zeros.html', page), '--dump-dom');
    expect(stderr).not.toContain('CONSOLE');
    expect(stdout.match(/<img alt/g)).toHaveLength(2);
  });

  it.each([390, 1280])('a screen %i wide shows it', async (width) => {
    const file = folder.write('report.html', await benchPage(report, maps));
    const picture = folder.path(`${width}.png`);
    browse(file, `--screenshot=${picture}`, `--window-size=${width},2400`);
    expect(statSync(picture).size).toBeGreaterThan(10_000);
  });
});
