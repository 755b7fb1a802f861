import { describe, expect, it } from 'vitest';
import { claimsOf } from '../../../src/commands/bench/claims.ts';
import type { BenchReport } from '../../../src/commands/bench/report.ts';
import type { LayerRow } from '../../../src/commands/bench/rows.ts';
import { layerTable, slowest } from '../../../src/commands/bench/tables.ts';
import { benchText } from '../../../src/commands/bench/text.ts';
import { factor, milliseconds, percent, scientific } from '../../../src/report/figures.ts';
import { shorten } from '../../../src/report/table.ts';
import { savings } from '../../../src/statistics.ts';
import type { Verification } from '../../../src/trial/verification.ts';
import { longEnvironment } from '../../support/fixtures.ts';
import { wideLines } from '../../support/zeroskip.ts';

const row: LayerRow = {
  name: '/stage1/conv/Conv',
  inputShape: [1, 64, 512, 512],
  weightShape: [32, 64, 3, 3],
  strides: [1, 1],
  dilations: [2, 2],
  pads: [2, 2, 2, 2],
  group: 1,
  density: 0.256,
  algorithm: 'cps',
  parameters: {},
  ms: 5,
  encodeMs: 1,
  computeMs: 4,
  im2colMs: 20,
  workspaceBytes: 1024,
  loweredBytes: 600,
  bytes: { im2col: 3000, mec: 1000, cpo: 400, cps: 300 },
};

const widest: LayerRow = {
  ...row,
  name: '/a/very/long/name/of/a/block/inside/another/block/with/a/convolution/Conv_output_0',
  inputShape: [64, 65536, 16384, 16384],
  weightShape: [65536, 1, 11, 11],
  strides: [16, 15],
  dilations: [12, 11],
  group: 65536,
  algorithm: 'an-algorithm-with-a-long-name',
  ms: 123456.7,
  im2colMs: 1000,
};

const contenders = [
  'zeroskip (im2col)',
  'zeroskip (an-algorithm-with-a-long-name)',
  'zeroskip (plan)',
  'onnxruntime',
].map((name, i) => ({
  name,
  threads: 2,
  samplesMs: [400000 / (i + 1), 100000],
  command: 'zeroskip bench model.onnx',
}));

const report: BenchReport = {
  environment: { ...longEnvironment, peers: { onnxruntime: '1.30.0' } },
  model: {
    path: '/a/folder/with/a/long/name/and/another/one/and/then/some/more/model.onnx',
    sha256: 'ab'.repeat(32),
  },
  inputs: ['a.npy'],
  contenders,
  subject: 'zeroskip (plan)',
  interrupted: false,
  restMs: [1, 3, 2],
  layers: [row, widest],
  claims: claimsOf([row])!,
  verification: [
    {
      output: 'y'.repeat(80),
      contender: 'zeroskip (plan)',
      against: 'onnxruntime',
      maxAbsDiff: 1.25e-6,
      maxAbs: 1,
      limit: 1e-3,
    },
    {
      output: 'z',
      contender: 'zeroskip (im2col)',
      against: 'onnxruntime',
      maxAbsDiff: 2e-4,
      maxAbs: 1,
      limit: 1e-3,
    },
  ],
};
describe('figures', () => {
  it.each([
    [0.1234, '0.12'],
    [9.876, '9.88'],
    [12.34, '12.3'],
    [1234.5, '1235'],
  ])('show %d ms as %s', (ms, text) => {
    expect(milliseconds(ms)).toBe(text);
  });

  it('have no negative zero', () => {
    expect(percent(-0.001)).toBe('0 %');
  });

  it('show losses as negative savings', () => {
    expect(percent(savings(15, 10))).toBe('-50 %');
  });

  it('show ratios and differences in few digits', () => {
    expect([factor(1.234), factor(12.34), factor(1234)]).toEqual(['1.23×', '12.3×', '1234×']);
    expect([scientific(0), scientific(0.00123), scientific(Number.POSITIVE_INFINITY)]).toEqual([
      '0',
      '1.2e-3',
      'Infinity',
    ]);
  });
});

describe('shorten', () => {
  it('keeps what fits', () => {
    expect(shorten('abc', 3)).toBe('abc');
  });

  it('keeps more of the end than of the start', () => {
    expect(shorten('abcdefghij', 7)).toBe('ab…ghij');
  });
});

describe('slowest', () => {
  it('sorts by time, and cuts', () => {
    const rows = [1, 9, 5].map((ms) => ({ ...row, ms }));
    expect(slowest(rows, 2).map(({ ms }) => ms)).toEqual([9, 5]);
  });
});

describe('layerTable', () => {
  it('shows shape, density, algorithm, time, savings and compression', () => {
    const [, line] = layerTable([row]).split('\n');
    expect(line!.split(/ {2,}/)).toEqual([
      '/stage1/conv',
      '64→32',
      '512×512',
      '3×3 d2',
      '0.26',
      'cps',
      '5.00',
      '75 %',
      '5.00×',
      '10.0×',
    ]);
  });

  it('has no compression ratio for an algorithm without a format of its own, or an empty one', () => {
    const empty = { ...row, bytes: { ...row.bytes, cps: 0 } };
    for (const odd of [{ ...row, algorithm: 'winograd' }, empty]) {
      expect(layerTable([odd]).split('\n')[1]).toMatch(/–$/);
    }
  });

  it.each(['/Conv', 'Conv', 'Conv_12'])('keeps the name %s', (name) => {
    expect(
      layerTable([{ ...row, name }])
        .split('\n')[1]!
        .split(' ')[0],
    ).toBe(name);
  });

  it('tells strides, dilations and groups where they are not 1', () => {
    const text = layerTable([{ ...row, strides: [2, 1], dilations: [1, 1], group: 4 }]);
    expect(text).toContain('3×3 s2×1 g4');
  });
});

describe('benchText', () => {
  it('fits its width whatever the names', () => {
    expect(wideLines(benchText(report))).toEqual([]);
  });

  it('has no colours', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
    expect(benchText(report)).not.toMatch(/\u001b/);
  });

  it('tells machine, instruction set and threads', () => {
    expect(benchText(report)).toMatch(/Instructions AVX3_SPR {3}Threads 1024/);
  });

  it('shows outputs of its subject, and who else is off', () => {
    expect(benchText(report)).toContain('1.3e-6');
    expect(benchText(report)).not.toContain('2.0e-4');
    const off: Verification = {
      output: 'y',
      contender: 'onnxruntime',
      against: 'onnxruntime-float32',
      maxAbsDiff: 0.0025,
      maxAbs: 1,
      limit: 0.001,
    };
    const text = benchText({ ...report, verification: [...report.verification, off] });
    expect(text).toMatch(/^y +onnxruntime +onnxruntime-float32 +2\.5e-3 +1\.00$/m);
    expect(text.replaceAll('\n', ' ')).toContain(
      'onnxruntime is off by 0.00250 on "y" (allowed: 0.00100), as it rounds to 16-bit floats;',
    );
  });

  it('compares with im2col and with the peer', () => {
    const line = benchText(report)
      .split('\n')
      .find((text) => text.startsWith('onnxruntime'));
    expect(line).toMatch(/2\.50×\s+1\.00×$/);
  });

  it('works without any convolution', () => {
    expect(benchText({ ...report, layers: [] })).not.toContain('slowest');
  });

  it('adds up the convolutions', () => {
    const layers = [row, { ...row, name: 'b', algorithm: 'im2col' }];
    const text = benchText({ ...report, layers, claims: claimsOf(layers)! });
    expect(text).toContain('cps 50 % (1), im2col 50 % (1)');
    expect(text).toContain('Savings      75 % against im2col, encoding included, on the 2 layers');
    // 2 ms beside twice 5 ms.
    expect(text).toContain('Other steps  16.7 % of the time');
    expect(text).toContain('CR           5.00× on these together');
    expect(text).toContain('Stored       1.82×');
  });

  it('says which layers the baseline did not lower', () => {
    const { im2colMs: _, ...grouped } = { ...row, group: 64, weightShape: [64, 1, 3, 3] };
    const layers = [row, grouped];
    const text = benchText({ ...report, layers, claims: claimsOf(layers)! });
    expect(text).toContain(
      'Baseline     im2col, but direct for groups of one channel, which it refuses (1 of 2 layers)',
    );
    expect(text).toContain('on the 1 layers');
    expect(text).toMatch(/g64 .* –\s+–\s+–$/m);
  });
});

describe('claims', () => {
  const pointwise: LayerRow = { ...row, weightShape: [32, 64, 1, 1], ms: 10, im2colMs: 5 };
  const grouped: LayerRow = { ...row, group: 2, ms: 1, im2colMs: 500 };
  const slow: LayerRow = { ...row, ms: 30, workspaceBytes: 90 };
  const dense: LayerRow = { ...row, algorithm: 'direct', ms: 10, loweredBytes: 800, bytes: { im2col: 6000 } };

  it('are of the layers that are neither pointwise nor grouped', () => {
    const claims = claimsOf([row, slow, dense, pointwise, grouped])!;
    expect(claims.layers).toBe(3);
    expect(claims.sparseShare).toBeCloseTo(1 / 3, 12);
    expect(claims.savings).toEqual({ median: 0.5, max: 0.75, all: 1 - 45 / 60 });
    expect(claims.cr).toEqual({ max: 7.5, all: (3000 + 3000 + 6000) / (600 + 600 + 800) });
    expect(claims.storedCr).toEqual({ max: 10, all: 10, layers: 2 });
    expect(claims.workspaceCr).toBeCloseTo(6000 / 1024, 12);
  });

  it('are missing for a network without them', () => expect(claimsOf([pointwise, grouped])).toBeUndefined());
});
