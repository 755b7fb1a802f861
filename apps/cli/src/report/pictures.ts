import type { HeatMap } from './heat-map.ts';
import { heatPng } from './heat-png.ts';
import { type DenseLayer, layerName } from './layer-columns.ts';
import { encoded } from './page.ts';

async function picture(shares: Float32Array, { height, width }: HeatMap, what: string): Promise<string> {
  const png = await heatPng(shares, height, width);
  return `<img alt="${encoded(what)}" src="data:image/png;base64,${png.toString('base64')}">`;
}

/** Two pictures of each convolution's input, with a heading. */
export async function pictures(
  layers: readonly DenseLayer[],
  maps: ReadonlyMap<string, HeatMap>,
): Promise<string> {
  const figures: string[] = [];
  for (const layer of layers) {
    const map = maps.get(layer.name);
    if (map === undefined) continue;
    const [, channels, height, width] = layer.inputShape;
    const name = layerName(layer);
    const zeros = await picture(map.nonZero, map, `where ${name} reads values that are not zero`);
    const large = await picture(map.magnitude, map, `where the values that ${name} reads are large`);
    const caption = `${name}: ${channels} × ${height} × ${width}, density ${layer.density.toFixed(2)}`;
    figures.push(`<figure>${zeros}${large}<figcaption>${encoded(caption)}</figcaption></figure>`);
  }
  return `<h2>Maps of the first input</h2>
<p>Of each convolution’s input, over all channels: the share of values that are not zero (above), and the mean magnitude (below); blue is none, yellow is most.</p>
<div class="maps">${figures.join('\n')}</div>`;
}
