import { describe, expect, it } from 'vitest';
import {
  assertInteger,
  describe as describeValue,
  rangeError,
  typeError,
  ZeroskipError,
  ZeroskipRangeError,
  ZeroskipTypeError,
} from '../src/index.ts';

describe('error classes', () => {
  it.each([
    [ZeroskipError, Error],
    [ZeroskipTypeError, TypeError],
    [ZeroskipRangeError, RangeError],
  ])('%o carries what programs need', (Class, Base) => {
    const cause = new Error('below');
    const error = new Class('message', {
      code: 'ERR_UNSUPPORTED_OPERATOR',
      expected: 'a',
      received: 'b',
      nodeName: 'node',
      opType: 'Op',
      cause,
    });
    expect(error).toBeInstanceOf(Base);
    expect(error).toMatchObject({
      name: Class.name,
      message: 'message',
      code: 'ERR_UNSUPPORTED_OPERATOR',
      expected: 'a',
      received: 'b',
      nodeName: 'node',
      opType: 'Op',
    });
    expect(error.cause).toBe(cause);
    expect(Object.keys(error)).not.toContain('cause');
  });

  it('leave out what is not known', () => {
    const error = new ZeroskipError('message', { code: 'ERR_FILE' });
    expect('nodeName' in error).toBe(false);
    expect('cause' in error).toBe(false);
  });
});

describe('typeError and rangeError', () => {
  it('word expected, for what, received', () => {
    expect(typeError('size', 'a number', 'x')).toMatchObject({
      message: 'Expected a number for size, received "x".',
      code: 'ERR_INVALID_TYPE',
      expected: 'a number',
      received: '"x"',
    });
    expect(rangeError('size', 'at most 3', 4)).toMatchObject({
      message: 'Expected at most 3 for size, received 4.',
      code: 'ERR_INVALID_ARGUMENT',
    });
    expect(rangeError('size', 'at most 3', 4, 'ERR_LIMIT_EXCEEDED').code).toBe('ERR_LIMIT_EXCEEDED');
  });
});

describe('describe', () => {
  it.each([
    ['text', '"text"'],
    ['x'.repeat(70), `"${'x'.repeat(57)}..."`],
    [12n, '12n'],
    [null, 'null'],
    [undefined, 'undefined'],
    [Number.NaN, 'NaN'],
    [Symbol('s'), 'Symbol(s)'],
    [() => 1, 'a function'],
    [[], '[]'],
    [[1, 'a'], '[1, "a"]'],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9], '[1, 2, 3, 4, 5, 6, 7, 8, … 9 in all]'],
    [[1, [2, 3]], '[1, an array of 2]'],
    [new Float32Array(2), 'Float32Array of 8 bytes'],
    [new DataView(new ArrayBuffer(3)), 'DataView of 3 bytes'],
    [new Date(0), 'an instance of Date'],
    [{}, 'an instance of Object'],
    [Object.create(null), 'an instance of Object'],
  ])('%# words %o', (value, words) => {
    expect(describeValue(value)).toBe(words);
  });

  it('ends on an array that contains itself', () => {
    const cyclic: unknown[] = [1];
    cyclic.push(cyclic);
    expect(describeValue(cyclic)).toBe('[1, an array of 2]');
  });
});

describe('assertInteger', () => {
  it('accepts both ends of its range', () => {
    expect(() => assertInteger('n', 0, 0, 3)).not.toThrow();
    expect(() => assertInteger('n', 3, 0, 3)).not.toThrow();
    expect(() => assertInteger('n', Number.MAX_SAFE_INTEGER, 0)).not.toThrow();
  });

  it.each([-1, 4, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses %s with a RangeError', (value) => {
    expect(() => assertInteger('n', value, 0, 3)).toThrow(ZeroskipRangeError);
    expect(() => assertInteger('n', value, 0, 3)).toThrow(
      `Expected an integer from 0 to 3 for n, received ${value}.`,
    );
  });

  it.each(['1', 1n, null, undefined, [1]])('refuses %o with a TypeError', (value) => {
    expect(() => assertInteger('n', value, 0)).toThrow(ZeroskipTypeError);
    expect(() => assertInteger('n', value, 0)).toThrow('Expected an integer of at least 0 for n, received');
  });
});
