import type { Summary, View } from '../image/output.ts';
import { bar, create, element, scrolling, table } from './elements.ts';
import { dims, figure, milliseconds, percent } from './figures.ts';

/** Sides of the cut-out; browsers refuse canvases that are much larger. */
const LARGEST_SIDE = 4096;

export interface Shown {
  readonly view: View | undefined;
  /** Name of the output that the view is of. */
  readonly viewed: string | undefined;
  readonly summaries: readonly Summary[];
  readonly photo: File;
  readonly labels: readonly string[] | undefined;
  /** Whether it is known which output counts. */
  readonly isKnown: boolean;
}

type MapView = Extract<View, { kind: 'map' }>;
type ImageView = Extract<View, { kind: 'image' }>;
type ScoresView = Extract<View, { kind: 'scores' }>;

function canvasOf({ width, height }: { width: number; height: number }, label: string): HTMLCanvasElement {
  return create('canvas', { width, height, role: 'img', 'aria-label': label });
}

function figureOf(canvas: HTMLCanvasElement, caption: string, className = ''): HTMLElement {
  return create('figure', { className }, canvas, create('figcaption', {}, caption));
}

const ranged = ([low, high]: readonly [number, number]) => `${figure(low)} to ${figure(high)}`;

/** A map as grey, or as the transparency of black. */
function painted(
  { width, height, values }: MapView,
  channel: 'grey' | 'alpha',
  label = '',
): HTMLCanvasElement {
  const canvas = canvasOf({ width, height }, label);
  const rgba = new Uint8ClampedArray(values.length * 4);
  for (let i = 0; i < values.length; i++) {
    if (channel === 'grey') rgba[i * 4] = rgba[i * 4 + 1] = rgba[i * 4 + 2] = values[i]!;
    rgba[i * 4 + 3] = channel === 'grey' ? 255 : values[i]!;
  }
  canvas.getContext('2d')!.putImageData(new ImageData(rgba, width, height), 0, 0);
  return canvas;
}

async function cutOut(photo: File, map: MapView): Promise<HTMLCanvasElement> {
  const bitmap = await createImageBitmap(photo);
  const scale = Math.min(1, LARGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side * scale)));
  const canvas = canvasOf(
    { width: width!, height: height! },
    'The photo, transparent where the map is dark.',
  );
  const context = canvas.getContext('2d')!;
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, width!, height!);
  context.globalCompositeOperation = 'destination-in';
  context.drawImage(painted(map, 'alpha'), 0, 0, width!, height!);
  bitmap.close();
  return canvas;
}

function download(canvas: HTMLCanvasElement, name: string): HTMLElement {
  const button = create('button', { type: 'button', className: 'button' }, 'Download as PNG');
  button.addEventListener('click', () =>
    canvas.toBlob((blob) => {
      const href = URL.createObjectURL(blob!);
      create('a', { href, download: name }).click();
      setTimeout(() => URL.revokeObjectURL(href), 60_000);
    }),
  );
  return create('p', {}, button);
}

const baseName = ({ name }: File) => name.replace(/\.[^.]*$/, '') || 'photo';

async function mapResult(map: MapView, photo: File): Promise<Node[]> {
  const cut = await cutOut(photo, map);
  const mean = map.values.reduce((a, b) => a + b, 0) / map.values.length / 255;
  const text = `The map that the network computed; ${percent(mean)} of it is light.`;
  const caption = `Its map of ${dims([map.width, map.height])}: values from ${ranged(map.range)}, dark to light.`;
  const grey = painted(map, 'grey', text);
  grey.style.aspectRatio = `${cut.width} / ${cut.height}`;
  return [
    create(
      'div',
      { className: 'pictures' },
      figureOf(cut, 'The photo, with the map as its transparency.', 'checkered'),
      figureOf(grey, caption),
    ),
    download(cut, `${baseName(photo)}-cut-out.png`),
  ];
}

function imageResult({ width, height, rgba, range }: ImageView, photo: File): Node[] {
  const canvas = canvasOf({ width, height }, 'The image that the network computed from the photo.');
  canvas.getContext('2d')!.putImageData(new ImageData(rgba, width, height), 0, 0);
  const caption = `The image that the network computed; values from ${ranged(range)}, dark to light.`;
  return [figureOf(canvas, caption), download(canvas, `${baseName(photo)}-result.png`)];
}

function scoresResult({ scores, classes, isSoftmax }: ScoresView, labels: Shown['labels']): Node[] {
  const rows = scores.map(({ index, score }) =>
    create(
      'li',
      {},
      create('span', { className: 'label' }, labels?.[index] ?? `class ${index}`),
      bar(score),
      create('span', { className: 'number' }, percent(score)),
    ),
  );
  const which =
    classes > scores.length ? `The ${scores.length} most likely of ${classes} classes` : 'The classes';
  const how = isSoftmax
    ? 'The output does not sum to 1, so that the page applied softmax to it.'
    : 'The output sums to 1, and is shown as it is.';
  const note = `${which}, with their probabilities. ${how}`;
  return [create('p', { className: 'note' }, note), create('ol', { className: 'scores' }, ...rows)];
}

function summaryTable({ summaries, viewed }: Shown): HTMLElement {
  const rows = summaries.map(({ name, type, dims: sizes, min, mean, max }) => [
    name,
    `${type} ${dims(sizes)}`,
    ...[min, mean, max].map(figure),
  ]);
  const caption = `Outputs of the network${viewed === undefined ? '' : `, of which ${viewed} is shown`}`;
  const titles = ['Output', 'Shape', 'Least', 'Mean', 'Largest'];
  return scrolling('Outputs', table(caption, titles, rows));
}

async function nodesOf({ view, photo, labels }: Shown): Promise<Node[]> {
  switch (view?.kind) {
    case 'map':
      return mapResult(view, photo);
    case 'image':
      return imageResult(view, photo);
    case 'scores':
      return scoresResult(view, labels);
    default:
      return [
        create(
          'p',
          { className: 'note' },
          'The shapes of the outputs are not those of a map, an image or classes.',
        ),
      ];
  }
}

export async function showResult(shown: Shown): Promise<void> {
  const nodes = await nodesOf(shown);
  const needsTable = !shown.view || (shown.summaries.length > 1 && !shown.isKnown);
  element('result-content').replaceChildren(...nodes, ...(needsTable ? [summaryTable(shown)] : []));
}

export function showTime(ms: number, threads: number, isFirst: boolean): void {
  const first = ' The time includes preparing the network for this size, which later runs do not repeat.';
  const on = threads === 1 ? 'one thread' : `${threads} threads`;
  element('result-time').textContent =
    `Zeroskip ran the network in ${milliseconds(ms)} on ${on}.${isFirst ? first : ''}`;
}
