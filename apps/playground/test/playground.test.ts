import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from '@zeroskip/runner';
import { temporaryFolder } from '@zeroskip/test-utils/temporary-folder';
import axe from 'axe-core';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { valuesOf } from '../src/image/values.ts';
import { classNetwork, halfNetwork, layersModel, maskNetwork, sumNetwork } from './support/networks.ts';
import { photo, rgbaOf } from './support/photo.ts';
import { buildSite, canRun, done, executablePath, openSite, serveSite } from './support/site.ts';

const SIDE = 32;
const PHOTO = { name: 'gradient.bmp', mimeType: 'image/bmp', buffer: photo(SIDE) };
const file = (name: string, data: Uint8Array | string) => ({
  name,
  mimeType: 'application/octet-stream',
  buffer: Buffer.from(data as Uint8Array),
});
const small = classNetwork(6, 3);
const { json, weights } = layersModel(SIDE);
const layersFiles = [file('weights.bin', weights), file('model.json', json)];

const folder = temporaryFolder();
let browser: Browser;
let isolated: Awaited<ReturnType<typeof serveSite>>;
let context: BrowserContext;
let page: Page;
let requested: string[];
let errors: string[];

async function open(options: BrowserContextOptions = {}, url = isolated.url): Promise<void> {
  await context?.close();
  context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  ({ page, requested, errors } = await openSite(context, url));
}

async function chooseModel(...files: ReturnType<typeof file>[]): Promise<string> {
  await page.setInputFiles('#model-files', files);
  return done(page);
}

async function press(id: string): Promise<string> {
  await page.click(`#${id}`);
  return done(page);
}

/** The class network on the photo, with sides of the photo. */
async function runSmall(): Promise<string> {
  await chooseModel(file('small.onnx', small));
  for (const side of ['height', 'width']) await page.fill(`#${side}`, String(SIDE));
  await page.setInputFiles('#photo-file', PHOTO);
  return press('run');
}

async function violations(): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

const overflow = () =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

describe.runIf(canRun)('the playground', () => {
  beforeAll(async () => {
    mkdirSync(folder.path('public/models'), { recursive: true });
    folder.write('public/models/isnet.onnx', maskNetwork(SIDE));
    await buildSite(folder.path('site'), folder.path('public'));
    isolated = await serveSite(folder.path('site'), true);
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
    await isolated?.close();
  });
  afterEach(() => {
    const elsewhere = requested.filter((address) => !/^(blob:)?http:\/\/127\.0\.0\.1:/.test(address));
    expect([...elsewhere, ...errors]).toEqual([]);
  });

  describe('with threads', () => {
    beforeEach(() => open());

    it('cuts a photo out with a network of the site', async () => {
      expect(await page.textContent('#threads')).toMatch(/computes on \d+ thread/);
      await page.setInputFiles('#photo-file', PHOTO);
      expect(await press('run')).toBe('ISNet has run: its result follows.');
      expect(await page.textContent('#result-time')).toMatch(
        /^Zeroskip ran the network in .* ms on \d+ thread/,
      );
      expect(
        await page.locator('.checkered canvas').evaluate((canvas) => (canvas as HTMLCanvasElement).width),
      ).toBe(SIDE);
      const downloading = page.waitForEvent('download');
      await page.click('text=Download as PNG');
      expect((await downloading).suggestedFilename()).toBe('gradient-cut-out.png');
    });

    it('gives the classes of a model of one’s own the probabilities that Node computes', async () => {
      expect(await runSmall()).toBe('small.onnx has run: its result follows.');
      const input = valuesOf(rgbaOf(SIDE), { layout: 'NCHW', channels: 3 }, 'unit');
      const session = await InferenceSession.create(small);
      const { y } = await session.run({ r0: new Tensor('float32', input, [1, 3, SIDE, SIDE]) });
      await session.release();
      const powers = Array.from(y!.data as Float32Array, Math.exp);
      const sum = powers.reduce((a, b) => a + b, 0);
      const expected = powers
        .map((power, i) => [`class ${i}`, power / sum] as const)
        .sort(([, a], [, b]) => b - a)
        .slice(0, 5);
      const shown = await page
        .locator('.scores li')
        .evaluateAll((rows) => rows.map((row) => [...row.children].map(({ textContent }) => textContent!)));
      expect(shown.map(([label]) => label)).toEqual(expected.map(([label]) => label));
      for (const [i, [, , percent]] of shown.entries())
        expect(Math.abs(Number.parseFloat(percent!) / 100 - expected[i]![1])).toBeLessThan(0.006);
      expect(await page.textContent('#result-content')).toContain('applied softmax');
    });

    it('shows the layers, where the zeros of one are, and why its algorithm ran', async () => {
      await runSmall();
      expect(await press('show-zeros')).toBe('The table of layers follows.');
      expect(await page.textContent('#layers-summary')).toMatch(
        /^\d.* % of the values that the 3 convolutions read/,
      );
      await page.selectOption('#order', 'zeros');
      const zeros = await page.locator('#layers-content .share').allTextContents();
      expect(zeros.map(Number.parseFloat)).toEqual(zeros.map(Number.parseFloat).toSorted((a, b) => b - a));
      await page.click('button.layer:has-text("layer 2")');
      expect(await page.getAttribute('.heat', 'aria-label')).toMatch(
        /^Share of channels that are zero at each place/,
      );
      expect(await page.locator('.heat').evaluate((heat) => (heat as HTMLCanvasElement).width)).toBe(SIDE);
      expect(await page.textContent('#layer')).toMatch(/refuses it: .*accepts it, and ran/s);
    });

    it('says what is wrong with a model, and the next one works', async () => {
      expect(await chooseModel(file('damaged.onnx', small.slice(0, small.length / 2)))).toMatch(/Expected/);
      expect(await chooseModel(file('sum.onnx', sumNetwork()))).toMatch(/takes 2 inputs .* one image/);
      expect(await chooseModel(file('page.onnx', '<!doctype html>'))).toMatch(/HTML page/);
      await page.setInputFiles('#photo-file', { ...PHOTO, buffer: Buffer.from('nothing') });
      await chooseModel(file('small.onnx', small));
      expect(await press('run')).toMatch(/no image that this browser reads/);
      expect(await runSmall()).toBe('small.onnx has run: its result follows.');
    });

    it('runs a TensorFlow.js model, and compares it with onnxruntime-web, which it loads then', async () => {
      expect(await chooseModel(...layersFiles)).toBe('model.json is loaded.');
      await page.setInputFiles('#photo-file', PHOTO);
      await press('run');
      expect(await page.textContent('#result-content')).toContain('sums to 1');
      const isPeer = (address: string) => /onnxruntime|\/ort-/.test(address);
      expect(requested.filter(isPeer)).toEqual([]);
      expect(await press('compare')).toMatch(/^The engines agree/);
      expect(requested.filter(isPeer)).not.toEqual([]);
      expect(await page.textContent('#comparison-content')).toMatch(/Ratio.*quartiles.*They agree.*as ONNX/s);
    });

    it('compares an ONNX model of 16-bit floats, and runs it again', async () => {
      await chooseModel(file('half.onnx', halfNetwork(SIDE)));
      await page.setInputFiles('#photo-file', PHOTO);
      await press('run');
      expect(await press('compare')).toMatch(/^The engines agree/);
      expect(await press('run')).toBe('half.onnx has run: its result follows.');
    });

    it('takes files that are dropped, and a photo that is pasted', async () => {
      const pass = (kind: 'drop' | 'paste', name: string, type: string, data: Uint8Array) =>
        page.evaluate(
          ([kind, name, type, bytes]) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([Uint8Array.from(bytes)], name, { type }));
            dispatchEvent(
              kind === 'drop'
                ? new DragEvent('drop', { dataTransfer: transfer, cancelable: true })
                : new ClipboardEvent('paste', { clipboardData: transfer }),
            );
          },
          [kind, name, type, [...data]] as const,
        );
      await pass('drop', 'dropped.onnx', '', maskNetwork(SIDE));
      expect(await done(page)).toBe('dropped.onnx is loaded.');
      await pass('paste', 'pasted.bmp', 'image/bmp', PHOTO.buffer);
      expect(await page.textContent('#photo-name')).toBe('pasted.bmp');
      expect(await press('run')).toBe('dropped.onnx has run: its result follows.');
    });

    it('cancels a run, and the next one works', async () => {
      await chooseModel(file('large.onnx', classNetwork(64, 12)));
      for (const side of ['height', 'width']) await page.fill(`#${side}`, '768');
      await page.setInputFiles('#photo-file', PHOTO);
      await page.click('#run');
      await page.click('#cancel');
      expect(await done(page)).toBe('Cancelled.');
      expect(await runSmall()).toBe('small.onnx has run: its result follows.');
    });

    it('can be used with a keyboard alone', async () => {
      const focusOn = async (id: string) => {
        for (let i = 0; i < 30; i++) {
          await page.keyboard.press('Tab');
          if (await page.evaluate((wanted) => document.activeElement?.id === wanted, id)) break;
        }
        const outline = await page.evaluate(() => {
          const target = document.activeElement!;
          return getComputedStyle(target.closest('label.button') ?? target).outlineStyle;
        });
        expect([id, outline]).toEqual([id, 'solid']);
      };
      const choosing = page.waitForEvent('filechooser');
      await focusOn('photo-file');
      await page.keyboard.press('Enter');
      await (await choosing).setFiles(PHOTO);
      await focusOn('run');
      await page.keyboard.press('Enter');
      expect(await done(page)).toBe('ISNet has run: its result follows.');
      await focusOn('show-zeros');
      await page.keyboard.press('Space');
      await done(page);
      await focusOn('order');
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement!.getAttribute('aria-label'))).toBe('Layers');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      expect(await page.textContent('#layer h3')).toBe('first');
    });
  });

  it.each([390, 1280])('has nothing that axe finds, and nothing too wide, at %i pixels', async (width) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await open({ colorScheme, viewport: { width, height: 800 } });
      expect(await violations()).toEqual([]);
      expect(await overflow()).toBe(0);
      await page.setInputFiles('#photo-file', PHOTO);
      await press('run');
      await press('show-zeros');
      await page.click('button.layer >> nth=1');
      await press('compare');
      expect(await violations()).toEqual([]);
      expect(await overflow()).toBe(0);
      await chooseModel(file('damaged.onnx', 'damaged'));
      await chooseModel(file('small.onnx', small));
      expect(await violations()).toEqual([]);
    }
  });

  it('works without a connection once it was loaded, with the networks that it fetched', async () => {
    const own = await serveSite(folder.path('site'), true);
    await open({}, own.url);
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await page.setInputFiles('#photo-file', PHOTO);
    await press('run');
    await own.close();
    await context.setOffline(true);
    await page.reload();
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    await page.setInputFiles('#photo-file', PHOTO);
    expect(await press('run')).toBe('ISNet has run: its result follows.');
    expect(await runSmall()).toBe('small.onnx has run: its result follows.');
  });

  it('gives way to a newer version', async () => {
    cpSync(folder.path('site'), folder.path('newer'), { recursive: true });
    const own = await serveSite(folder.path('newer'), true);
    await open({}, own.url);
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    const change = (name: string, from: RegExp, to: string) =>
      folder.write(`newer/${name}`, readFileSync(folder.path(`newer/${name}`), 'utf8').replace(from, to));
    change('index.html', /<title>.*<\/title>/, '<title>Newer</title>');
    change('sw.js', /playground-page-\w+/, 'playground-page-newer');
    await page.reload();
    expect(await page.title()).toBe('Newer');
    await page.goto('about:blank');
    await page.goto(own.url);
    await page.waitForFunction(async () => String(await caches.keys()) === 'zeroskip-playground-page-newer');
    await context.close();
    await own.close();
  });

  it('computes on one thread where the page is not isolated, and says why', async () => {
    const plain = await serveSite(folder.path('site'), false);
    await open({}, plain.url);
    expect(await page.textContent('#threads')).toMatch(
      /computes on one thread, as it is not cross-origin isolated/,
    );
    expect(await runSmall()).toBe('small.onnx has run: its result follows.');
    expect(await page.textContent('#result-time')).toContain('on one thread');
    expect(await press('show-zeros')).toBe('The table of layers follows.');
    expect(await press('compare')).toMatch(/^The engines agree/);
    await context.close();
    await plain.close();
  });
});
