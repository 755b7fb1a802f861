import type { Terminal } from '../../src/terminal.ts';

/**
 * A terminal that keeps what is said.
 * @param signal interrupts
 */
export function recordingTerminal(
  signal = new AbortController().signal,
): Terminal & { out: string; err: string } {
  const recording = {
    out: '',
    err: '',
    print: (text: string) => {
      recording.out += `${text}\n`;
    },
    warn: (text: string) => {
      recording.err += `${text}\n`;
    },
    progress: () => ({ update: () => {}, stop: () => {} }),
    interruption: () => ({ signal, stop: () => {} }),
  };
  return recording;
}
