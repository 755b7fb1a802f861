/** What tests in TypeScript use of it. */
export function pnpm(): [command: string, ...args: string[]];
