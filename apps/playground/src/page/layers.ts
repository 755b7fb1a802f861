import type { Layer } from '../worker.ts';
import { bar, breakable, create, element, scrolling, table } from './elements.ts';
import { milliseconds, percent, plural } from './figures.ts';
import { type Convolution, showLayer } from './layer.ts';
import { say } from './work.ts';

const isConvolution = (layer: Layer): layer is Convolution => 'algorithm' in layer.trace;

const content = element('layers-content');
const order = element<HTMLSelectElement>('order');

const zeros = (layer: Layer) => (isConvolution(layer) ? 1 - layer.trace.density : -1);
const orders: Readonly<Record<string, (a: Layer, b: Layer) => number>> = {
  execution: () => 0,
  time: (a, b) => b.trace.ms - a.trace.ms,
  zeros: (a, b) => zeros(b) - zeros(a),
};

/** A button that shows a layer, of which one is pressed at a time. */
function layerButton(layer: Convolution): HTMLButtonElement {
  const { name } = layer.trace;
  const attributes = { type: 'button', className: 'layer', 'aria-pressed': false, 'aria-controls': 'layer' };
  const button = create('button', attributes, ...breakable(name));
  button.addEventListener('click', () => {
    for (const other of content.querySelectorAll('[aria-pressed="true"]'))
      other.setAttribute('aria-pressed', 'false');
    button.setAttribute('aria-pressed', 'true');
    showLayer(layer);
    say(`Below the table: ${name}, where ${percent(zeros(layer))} of the input is zero.`);
  });
  return button;
}

function rowOf(layer: Layer): (string | Node)[] {
  const { name, opType, ms } = layer.trace;
  const time = milliseconds(ms);
  if (!isConvolution(layer)) return [create('span', {}, ...breakable(name)), opType, time, '–', '–'];
  const share = create('span', { className: 'share' }, bar(zeros(layer)), percent(zeros(layer)));
  return [layerButton(layer), opType, time, share, layer.trace.algorithm];
}

function summary(layers: readonly Layer[]): string {
  const convolutions = layers.filter(isConvolution);
  if (convolutions.length === 0)
    return 'The network has no convolutions, whose inputs are what the page looks into.';
  const sizes = convolutions.map(({ trace }) => trace.inputShape.reduce((a, b) => a * b, 1));
  const total = sizes.reduce((a, b) => a + b, 0);
  const empty = sizes.reduce((sum, size, i) => sum + size * zeros(convolutions[i]!), 0);
  const of = `${percent(empty / total)} of the values that the ${plural(convolutions.length, 'convolution')} read`;
  return `${of} are zero. Choose a convolution to see where, and why its algorithm ran.`;
}

/** The layers of a traced run, as a table. */
export function showLayers(layers: readonly Layer[]): void {
  const titles = ['Layer', 'Operator', 'Time', 'Zeros of the input', 'Algorithm'];
  const made = table('Layers of the traced run', titles, layers.map(rowOf));
  const rows = [...made.tBodies[0]!.rows];
  const region = scrolling('Layers', made);
  region.classList.add('high');
  order.value = 'execution';
  order.onchange = () => {
    const sorted = [...layers.keys()].sort((a, b) => orders[order.value]!(layers[a]!, layers[b]!));
    made.tBodies[0]!.append(...sorted.map((i) => rows[i]!));
    region.scrollTop = 0;
  };
  element('layers-summary').textContent = summary(layers);
  content.replaceChildren(region);
  element('layer').hidden = true;
  element('layers').hidden = false;
}
