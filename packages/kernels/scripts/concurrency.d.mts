export function buildConcurrency(root: string, program: string, flags?: readonly string[]): void;
