import type { ModelOptions } from '../../files.ts';
import type { PreparationOptions } from '../../input/preparation.ts';
import { lines } from '../../report/lines.ts';

/** Words that a shell does not change. */
const PLAIN = /^[\w@%+=:,./-]+$/;

/** Arguments as one line for a POSIX shell. */
export function shellLine(args: readonly string[]): string {
  return args.map((arg) => (PLAIN.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`)).join(' ');
}

interface Reproducible extends PreparationOptions, ModelOptions {
  readonly inputs: readonly string[];
  readonly runs: number;
  readonly minTime?: number;
}

/** The lines that time one contender of a bench again, by its number of threads and the options that ask for it. */
export function benchCommandLine(
  model: string,
  { inputs, preset, resize, channels, mean, std, size, multipleOf, shape, ...limits }: Reproducible,
): (threads: number, asked: readonly string[]) => string {
  const { runs, minTime, followLinks } = limits;
  return (threads, asked) =>
    shellLine(
      lines(
        ['zeroskip', 'bench', model],
        followLinks && '--follow-links',
        ['--inputs', ...inputs],
        preset !== undefined && ['--preset', preset],
        resize && ['--resize', resize],
        channels && ['--channels', channels],
        mean && ['--mean', String(mean)],
        std && ['--std', String(std)],
        size && ['--size', `${size.width}x${size.height}`],
        multipleOf !== undefined && ['--multiple-of', String(multipleOf)],
        shape && ['--shape', [shape.name, shape.dims.join('x')].filter(Boolean).join('=')],
        ['--threads', String(threads), '--runs', String(runs)],
        minTime !== undefined && ['--min-time', String(minTime)],
        asked,
      ),
    );
}
