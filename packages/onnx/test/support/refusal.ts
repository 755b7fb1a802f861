import { expect } from 'vitest';

/** Matches an error with this code, and with these details where they are given. */
export const code = (name: unknown, details: object = {}) =>
  expect.objectContaining({ code: name, ...details });

/** Matches an error that says what was expected and what was received, of this code or codes. */
export const worded = (name: string | RegExp, details: object = {}) =>
  expect.objectContaining({
    code: typeof name === 'string' ? name : expect.stringMatching(name),
    expected: expect.any(String),
    received: expect.any(String),
    message: expect.stringMatching(/Expected .+ for .+, received .+/s),
    ...details,
  });
