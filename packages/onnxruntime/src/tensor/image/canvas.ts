import { refusal } from '../../refusal.ts';
import type { Pixels } from './pixels.ts';

interface Context {
  drawImage(image: unknown, x: number, y: number): void;
  getImageData(x: number, y: number, width: number, height: number): Pixels;
  putImageData(pixels: unknown, x: number, y: number): void;
}

export interface Canvas {
  width: number;
  height: number;
  getContext(kind: '2d'): Context | null;
  toDataURL?(): string;
}

interface Browser {
  readonly document?: { createElement(name: 'canvas'): Canvas };
  readonly OffscreenCanvas?: new (width: number, height: number) => Canvas;
}

/** A canvas; undefined where the platform has none. */
export function createCanvas(width: number, height: number): Canvas | undefined {
  const { document, OffscreenCanvas } = globalThis as Browser;
  if (!document) return OffscreenCanvas && new OffscreenCanvas(width, height);
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  return canvas;
}

export function contextOf(canvas: Canvas): Context {
  const context = canvas.getContext('2d');
  if (!context) throw refusal('a picture', 'a canvas with a 2d context', 'one without');
  return context;
}

/** The pixels of what a browser can draw. */
export function drawn(image: { readonly width: number; readonly height: number }): Pixels {
  const { width, height } = image;
  const canvas = createCanvas(width, height);
  if (!canvas) throw refusal('a picture', 'a platform with a canvas', 'none');
  const context = contextOf(canvas);
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, width, height);
}
