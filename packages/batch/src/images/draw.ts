import type { Box } from '../tasks/box.ts';
import type { Size } from './shape.ts';
import { openImage } from './sharp.ts';

/** Colours that differ in hue and in brightness, one for each class in turn. */
const COLOURS = ['#e6194b', '#3cb44b', '#4363d8', '#f58231', '#911eb4', '#008080', '#9a6324', '#000075'];

const encoded = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);

/** The boxes with their labels, as an SVG of the photo's size. */
function svgOf(boxes: readonly Box[], { width, height }: Size): string {
  const line = Math.max(2, Math.round(Math.max(width, height) / 400));
  const font = 6 * line;
  const shapes = boxes.map(({ label, score, class: index, box: [x1, y1, x2, y2] }) => {
    const colour = COLOURS[index % COLOURS.length]!;
    const frame = `<rect x="${x1}" y="${y1}" width="${x2 - x1}" height="${y2 - y1}"/>`;
    const text = `${encoded(label)} ${score.toFixed(2)}`;
    // Within the photo, where the box begins at its upper edge.
    const baseline = Math.max(font, y1 - line);
    return `<g fill="none" stroke="${colour}" stroke-width="${line}">${frame}</g>
<text x="${x1}" y="${baseline}" fill="${colour}" stroke="#fff" stroke-width="${line}">${text}</text>`;
  });
  const style = `text { font: bold ${font}px sans-serif; paint-order: stroke; }`;
  const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">`;
  return `${head}<style>${style}</style>${shapes.join('\n')}</svg>`;
}

/** A PNG of the photo, upright, with its boxes. */
export async function drawBoxes(file: Uint8Array, boxes: readonly Box[], photo: Size): Promise<Buffer> {
  const upright = (await openImage(file)).autoOrient().toColourspace('srgb');
  return upright
    .composite([{ input: Buffer.from(svgOf(boxes, photo)), left: 0, top: 0 }])
    .png()
    .toBuffer();
}
