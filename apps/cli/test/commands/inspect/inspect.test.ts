import { readFileSync } from 'node:fs';
import { density } from '@zeroskip/formats';
import { describe, expect, it } from 'vitest';
import type { InspectionReport } from '../../../src/commands/inspect/measure.ts';
import { json, jsonLines, networkFolder, values } from '../../support/zeroskip.ts';

const { folder, run, on } = networkFolder();

describe('zeroskip inspect', () => {
  it('draws where the zeros are', async () => {
    const path = (form: string) => folder.path(`zeros.${form}`);
    const files = ['html', 'csv', 'jsonl', 'markdown', 'json'].flatMap((form) => [`--${form}`, path(form)]);
    expect(await on('inspect', ...files)).toMatchObject({
      status: 0,
      err: '',
    });
    const text = (form: string) => readFileSync(path(form), 'utf8');
    // Two of each layer's input.
    expect(text('html').match(/<img alt="[^"]+" src="data:image\/png;base64,/g)).toHaveLength(4);
    expect(text('html').match(/<svg/g)).toHaveLength(8);
    const rows = jsonLines(path('jsonl'));
    const { layers } = json<InspectionReport>(path('json'));
    for (const [i, { bytes, densities }] of layers.entries()) {
      expect(rows[i]).toMatchObject({ density: densities[0], 'cr-cps': bytes.im2col! / bytes.cps! });
    }
    expect(text('csv').trim().split('\n')).toHaveLength(3);
    expect(text('markdown').trim().split('\n')).toHaveLength(4);
  });

  it('prints ratios and writes what it counted', async () => {
    const report = folder.path('inspection.json');
    const { status, out } = await run(
      'inspect @model.onnx --inputs @x.npy @photo.jpg --json @inspection.json',
    );
    expect(status).toBe(0);
    expect(out).toContain('2 convolutions on 2 inputs');
    const { layers, model: inspected } = json<InspectionReport>(report);
    expect(inspected.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(layers.map(({ name }) => name)).toEqual(['first', 'second']);
    expect(layers[0]!.densities[0]).toBe(density(values));
  });
});
