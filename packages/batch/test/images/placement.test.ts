import { describe, expect, it } from 'vitest';
import { place, shown, targetOf, toPhoto } from '../../src/images/placement.ts';

const photo = { width: 200, height: 100 };
const square = { width: 64, height: 64 };
const open = { height: 'h', width: 'w' } as const;

describe('targetOf', () => {
  it('is the size of the network where that is fixed', () => {
    expect(targetOf(photo, square, { resize: 'stretch', multipleOf: 32 })).toEqual(square);
  });

  it('is a multiple near the size of the photo', () => {
    const multiple = { resize: 'stretch', multipleOf: 32 } as const;
    expect(targetOf(photo, open, multiple)).toEqual({ width: 192, height: 96 });
    expect(targetOf({ width: 3, height: 3 }, open, multiple)).toEqual({ width: 32, height: 32 });
  });

  it('fits within a size, in the aspect of the photo', () => {
    const within = { size: { width: 640, height: 640 }, multipleOf: 32 };
    expect(targetOf(photo, open, { resize: 'stretch', ...within })).toEqual({ width: 640, height: 320 });
    const narrow = { width: 100, height: 33 };
    expect(targetOf(narrow, open, { resize: 'letterbox', ...within })).toEqual({ width: 640, height: 224 });
    expect(targetOf(narrow, open, { resize: 'stretch', ...within })).toEqual({ width: 640, height: 224 });
  });

  it('keeps the aspect where one side is fixed', () => {
    const lines = { height: 48, width: 'w' };
    expect(targetOf(photo, lines, { resize: 'stretch', multipleOf: 8 })).toEqual({ width: 96, height: 48 });
  });
});

describe('place', () => {
  const at = (resize: 'stretch' | 'letterbox' | 'crop', cropShare = 1) =>
    place(photo, square, { resize, cropShare });

  it('stretches to the whole', () => {
    expect(at('stretch')).toMatchObject({ inner: square, left: 0, top: 0 });
  });

  it('leaves room above and below, or takes it from the sides', () => {
    expect(at('letterbox')).toMatchObject({ inner: { width: 64, height: 32 }, left: 0, top: 16 });
    expect(at('crop')).toMatchObject({ inner: { width: 128, height: 64 }, left: -32, top: 0 });
  });

  it('crops a share of the shorter side', () => {
    expect(at('crop', 0.5)).toMatchObject({ inner: { width: 256, height: 128 }, left: -96, top: -32 });
  });

  it.each(['stretch', 'letterbox', 'crop'] as const)('%s finds the middle of the photo again', (resize) => {
    expect(toPhoto(at(resize), 32, 32)).toEqual([100, 50]);
  });

  it('keeps points within the photo', () => {
    expect(toPhoto(at('letterbox'), -5, 0)).toEqual([0, 0]);
    expect(toPhoto(at('letterbox'), 64, 64)).toEqual([200, 100]);
  });

  it('knows what is shown of the photo', () => {
    const whole = { left: 0, top: 0, ...photo };
    expect(shown(at('stretch'))).toEqual({ target: { left: 0, top: 0, ...square }, photo: whole });
    expect(shown(at('letterbox'))).toEqual({
      target: { left: 0, top: 16, width: 64, height: 32 },
      photo: whole,
    });
    expect(shown(at('crop'))).toEqual({
      target: { left: 0, top: 0, ...square },
      photo: { left: 50, top: 0, width: 100, height: 100 },
    });
  });
});
