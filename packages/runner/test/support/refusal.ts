import { expect } from 'vitest';

/** Matches an error with this code, and with these details where they are given. */
export const code = (name: unknown, details: object = {}) =>
  expect.objectContaining({ code: name, ...details });
