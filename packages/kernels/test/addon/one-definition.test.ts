import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { targets } from '../../src/index.ts';

const addon = fileURLToPath(new URL('../../build/Release/zeroskip.node', import.meta.url));
const WIDE_REGISTERS = /%[yz]mm|%k[0-7]/;
const WIDE_TARGETS = new RegExp(
  targets()
    .filter(({ vectorBytes }) => vectorBytes > 16)
    .map(({ name }) => name)
    .join('|'),
);

// Inline functions are emitted by every target that uses them, and the linker keeps one for all.
it.runIf(process.arch === 'x64')('only functions of a wide target use its registers', async () => {
  const objdump = spawn('objdump', ['-d', '-C', '--no-show-raw-insn', addon], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const users = new Set<string>();
  let current = '';
  for await (const line of createInterface({ input: objdump.stdout })) {
    if (line.endsWith('>:')) current = line.slice(line.indexOf('<') + 1, -2);
    else if (WIDE_REGISTERS.test(line)) users.add(current);
  }
  expect(users.size).toBeGreaterThan(20);
  expect([...users].filter((name) => !WIDE_TARGETS.test(name))).toEqual([]);
});
