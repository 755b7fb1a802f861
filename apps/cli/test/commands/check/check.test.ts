import { readFileSync, symlinkSync } from 'node:fs';
import { writeNpy } from '@zeroskip/batch';
import { checkModel } from '@zeroskip/runner';
import { Tensor } from '@zeroskip/tensor';
import { sparseValues } from '@zeroskip/test-utils';
import { temporaryFolder } from '@zeroskip/test-utils/temporary-folder';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli.ts';
import { checkText } from '../../../src/commands/check/text.ts';
import { halfNetwork } from '../../support/half-network.ts';
import { twoConvolutionsModel, unknownOperatorModel } from '../../support/network.ts';
import { recordingTerminal } from '../../support/terminal.ts';
import { zeroskip } from '../../support/zeroskip.ts';

const folder = temporaryFolder();

const check = (...args: string[]) => zeroskip('check', ...args);

describe('zeroskip check', () => {
  it('says how each operator runs, and what shapes it says that for', async () => {
    const model = folder.write('open.onnx', twoConvolutionsModel('H', 'W'));
    const { status, out } = await check(model, '--shape', '1x3x32x40');
    expect(status).toBe(0);
    expect(out).toMatch(/^Conv +2 +native/m);
    expect(out).toMatch(/^Relu +1 +folded +computed while loading, or by another node/m);
    expect(out).toContain('Input x: 1 × 3 × H × W, here 1 × 3 × 32 × 40.');
    expect((await check(model)).out).toContain('here 1 × 3 × 256 × 256.');
  });

  it('names what is missing, says what to do, and ends with status 1', async () => {
    const model = folder.write('unknown.onnx', unknownOperatorModel());
    const { status, out, err } = await check(model);
    expect(status).toBe(1);
    expect(out).toMatch(/^Frobnicate +1 +missing +first relu/m);
    expect(out).toContain('The network does not run: Frobnicate is missing. Export it without');
    expect(err).toContain('received Frobnicate.');
  });

  it('writes the report', async () => {
    const model = folder.write('fixed.onnx', twoConvolutionsModel());
    const report = folder.path('report.json');
    expect((await check(model, '--json', report)).status).toBe(0);
    expect(JSON.parse(readFileSync(report, 'utf8'))).toEqual(await checkModel(model));
  });

  it('refuses dims that do not fit, and what is no model', async () => {
    const model = folder.write('fixed.onnx', twoConvolutionsModel());
    expect((await check(model, '--shape', '1x3x9x9')).err).toContain('Expected dims that fit [1, 3, 16, 12]');
    const page = folder.write('page.onnx', Buffer.from('<!DOCTYPE html>'));
    expect(await check(page)).toMatchObject({ status: 1, err: expect.stringContaining('an HTML page') });
  });
});

describe('the text of a report', () => {
  it('says what slow operators and odd weights mean', () => {
    const report = {
      operators: [
        { opType: 'Conv', execution: 'native', nodes: ['c'], elements: 9 },
        { opType: 'TopK', execution: 'javascript', nodes: ['a', 'b'], elements: 5000 },
        { opType: 'Range', execution: 'javascript', nodes: ['r'], elements: 4 },
      ],
      inputs: [{ name: 'n', declared: [2], dims: [2], decidesShapes: true }],
      weights: [{ name: 'w', elements: 9, denormal: 2, nonFinite: 1 }],
      problem: 'Expected this.',
    } as const;
    const text = checkText(report, 'WebAssembly');
    expect(text).toMatch(/^Conv +1 +WebAssembly/m);
    expect(text).toContain('TopK runs in JavaScript on the main thread');
    expect(text).not.toContain('Range runs');
    expect(text).toContain('Input n: 2. Its values decide dims: each new one is compiled for.');
    expect(text).toContain('Weights w: 2 denormal and 1 not finite of 9 values.');
    expect(text).toContain('set values below 1.2e-38 to 0');
    expect(text).toContain('How it runs was not worked out: Expected this.');
  });
});

describe('a model whose weights lie behind links, as in a cache of downloads', () => {
  it('is read by every command that is told so, and by none that is not', async () => {
    const { model: bytes, beside } = halfNetwork({ layers: 2, storage: 'external' });
    symlinkSync(folder.write('blob', beside), folder.path('weights.bin'));
    const model = folder.write('linked.onnx', bytes);
    const map = new Tensor('float32', sparseValues(8 * 10 * 12, 0.5, 1), [1, 8, 10, 12]);
    const input = folder.write('map.npy', writeNpy(map));
    const common = ['--input', input, '--threads', '1'];
    const commands = [
      ['check', model],
      ['run', model, ...common, '-o', folder.path('out.npy')],
      ['inspect', model, ...common],
      ['bench', model, ...common, '--runs', '1', '--algorithms', 'direct'],
      ['select', model, ...common, '--budget', '0.01', '-o', folder.path('plan.json')],
      ['roofline', model, ...common, '--algorithms', 'direct'],
      ['paper', model, ...common, '--runs', '1', '--budget', '0.01'],
    ];
    for (const args of commands) {
      const without = recordingTerminal();
      expect([args[0], await runCli(args, without)]).toEqual([args[0], 1]);
      expect(without.err).toContain('followLinks');
      const terminal = recordingTerminal();
      const status = await runCli([...args, '--follow-links'], terminal);
      expect([args[0], status, terminal.err]).toEqual([args[0], 0, '']);
    }
  });
});
