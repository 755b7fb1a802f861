import type { ConvolutionTrace } from '@zeroskip/runner';
import type { Layer } from '../worker.ts';
import type { ZeroMap } from '../zero-map.ts';
import { breakable, create, element, facts, scrolling, table } from './elements.ts';
import { dims, percent, plural } from './figures.ts';

export type Convolution = Layer & { readonly trace: ConvolutionTrace };

/** Colours of the places with the least and the most zeros, as in the legend of the style sheet. */
const [INK, PAPER] = [
  [18, 52, 59],
  [244, 241, 232],
] as const;

function legend(low: string, high: string): HTMLParagraphElement {
  const swatches = [0, 1, 2, 3, 4].map(() => create('span'));
  const scale = create('span', { className: 'swatches', 'aria-hidden': true }, ...swatches);
  return create('p', { className: 'legend' }, low, scale, high);
}

/** A picture of a map, from the place with the least zeros to the one with the most. */
function heatMap({ width, height, shares }: ZeroMap): HTMLElement {
  const mean = shares.reduce((a, b) => a + b, 0) / shares.length;
  const [least, most] = [shares.reduce((a, b) => Math.min(a, b)), shares.reduce((a, b) => Math.max(a, b))];
  const [low, middle, high] = [least, mean, most].map((byte) => percent(byte / 255)) as [
    string,
    string,
    string,
  ];
  const label = `Share of channels that are zero at each place: from ${low} to ${high}, with a mean of ${middle}.`;
  const canvas = create('canvas', { width, height, role: 'img', 'aria-label': label, className: 'heat' });
  const [from, to] = least === most ? [0, 255] : [least, most];
  const rgba = new Uint8ClampedArray(shares.length * 4).fill(255);
  for (const [place, byte] of shares.entries())
    for (const [channel, ink] of INK.entries())
      rgba[place * 4 + channel] = ink + ((PAPER[channel]! - ink) * (byte - from)) / (to - from);
  canvas.getContext('2d')!.putImageData(new ImageData(rgba, width, height), 0, 0);
  const caption = create('figcaption', {}, 'The share of channels that are zero at each place.');
  return create('figure', {}, canvas, legend(percent(from / 255), `${percent(to / 255)} zeros`), caption);
}

function description({ trace }: Convolution): HTMLDListElement {
  const [, channels, height, width] = trace.inputShape;
  const [outputs, , rows, columns] = trace.weightShape;
  const { strides, dilations, group } = trace;
  const steps = strides[0] === strides[1] ? String(strides[0]) : strides.join(' and ');
  const apart = dilations.some((step) => step > 1) ? `, dilation ${dilations.join(' and ')}` : '';
  const kernel = `${dims([rows, columns])}, stride ${steps}${apart}${group > 1 ? `, ${group} groups` : ''}`;
  return facts([
    ['Input', `${plural(channels, 'channel')} of ${dims([height, width])}`],
    ['Output', plural(outputs, 'channel')],
    ['Kernel', kernel],
    ['Zeros', `${percent(1 - trace.density)} of the input (density ${trace.density.toFixed(3)})`],
  ]);
}

function reasons({ trace: { algorithm }, candidates = [] }: Convolution): Node[] {
  const accepting = candidates.filter(({ refusal }) => refusal === undefined).length;
  const others =
    accepting === 1
      ? `It is the only algorithm that accepts this layer.`
      : `It is one of ${accepting} algorithms that accept this layer. The option “auto” estimated what each of them costs,
        from the shape of the layer and the zeros that the operators before it usually leave, and took the least. It
        measured nothing.`;
  const rows = candidates.map(({ id, refusal }) => [
    id,
    refusal === undefined
      ? id === algorithm
        ? 'accepts it, and ran'
        : 'accepts it'
      : `refuses it: ${refusal}`,
  ]);
  return [
    create('p', {}, create('strong', {}, algorithm), ' ran. ', others),
    create(
      'div',
      { className: 'reasons' },
      scrolling('Algorithms', table('Algorithms, in order of preference', ['Algorithm', 'This layer'], rows)),
    ),
  ];
}

/** Where the zeros of a convolution's input are, and why its algorithm ran. */
export function showLayer(layer: Convolution): void {
  const { map } = layer;
  const picture = map
    ? heatMap(map)
    : create('p', { className: 'note' }, 'The runner gives no activation map of this layer.');
  const panel = element('layer');
  panel.replaceChildren(
    create('h3', {}, ...breakable(layer.trace.name)),
    create('div', { className: 'beside' }, picture, description(layer)),
    ...(layer.candidates ? reasons(layer) : []),
  );
  panel.hidden = false;
}
