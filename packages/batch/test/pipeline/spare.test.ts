import { expect, it } from 'vitest';
import { Spare } from '../../src/pipeline/spare.ts';

it('gives memory again that was given back, where it fits', () => {
  const spare = new Spare();
  const first = spare.take(1000);
  expect(spare.take(1000)).not.toBe(first);
  spare.give(first);
  expect(spare.take(400).byteLength).toBe(400);
  expect(spare.take(1001).byteLength).toBe(1001);
  expect(spare.take(600)).toBe(first);
});

it('takes only what it gave, and once', () => {
  const spare = new Spare();
  const foreign = new ArrayBuffer(8);
  spare.give(foreign);
  const own = spare.take(8);
  expect(own).not.toBe(foreign);
  spare.give(own);
  spare.give(own);
  expect(spare.take(8)).toBe(own);
  expect(spare.take(8)).not.toBe(own);
});
