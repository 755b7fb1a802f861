/**
 * A campaign of many inputs in processes that are watched: one that crashes or hangs is reported, and another goes on.
 */
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setInterval } from 'node:timers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Fault, type Progress, STATE_HEADER_BYTES } from './fuzz/messages.ts';
import { minimise } from './fuzz/minimise.ts';
import type { FuzzTarget } from './fuzz/target.ts';
import { targets } from './fuzz/targets.ts';

const NAMES = targets.map(({ name }) => name).join(', ');
const USAGE = `npm run fuzz -- --target <name> [--runs 100000] [--seed 1] [--out folder] [--replay file]
  --target     ${NAMES}
  --runs       number of inputs, 100000 unless told
  --seed       of the inputs, 1 unless told
  --out        folder for inputs with which something went wrong, fuzz-findings unless told
  --sanitized  uses the addon under AddressSanitizer and UndefinedBehaviorSanitizer, which it builds
  --wasm       uses the kernels as WebAssembly
  --unguided   does not keep inputs that reach new code
  --replay     gives the target one input, a file, and says what came of it`;

const WATCH_MS = 100;
/**
 * An input that takes longer hangs, as long as its process had that much of the processor, or has waited ten times as
 * long.
 */
const MAX_MS = 1000;
const MAX_FINDINGS = 20;
const REPLAY_MS = 10_000;
const TICKS_PER_SECOND = 100;

/** Another Node for the processes that read the inputs: one with sanitizers. */
const node = process.env.ZEROSKIP_FUZZ_NODE ?? process.execPath;
const child = fileURLToPath(new URL('./fuzz-child.mjs', import.meta.url));

/** Milliseconds of processor time of another process. */
function cpuMs(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return ((Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND) * 1000;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** The input that a process is at, or was at last. */
function readState(path: string): { run: number; input: Uint8Array; isBusy: boolean } | undefined {
  if (!existsSync(path)) return undefined;
  const state = readFileSync(path);
  if (state.length < STATE_HEADER_BYTES) return undefined;
  const input = state.subarray(STATE_HEADER_BYTES, STATE_HEADER_BYTES + state.readUInt32LE(8));
  return { run: state.readDoubleLE(0), input, isBusy: state.readUInt32LE(12) !== 0 };
}

/** What tells one fault from another. */
function signature(what: string): string {
  const [first = '', ...lines] = what.split('\n');
  const at = lines.find((line) => line.includes(' at ')) ?? '';
  return `${first} ${at}`.replace(/\d+/g, '#').slice(0, 200);
}

function faultOfReplay(target: FuzzTarget, path: string): string | undefined {
  const { status, signal, stderr, error } = spawnSync(
    process.execPath,
    [child, target.name, 'replay', path],
    {
      encoding: 'utf8',
      timeout: REPLAY_MS,
    },
  );
  if (status === 0) return undefined;
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT') return 'hang';
  return status === 1 ? signature(stderr) : `crash ${signal ?? status}`;
}

class Campaign {
  readonly #target: FuzzTarget;
  readonly #options: { runs: number; seed: number; out: string; isGuided: boolean };
  readonly #folder = mkdtempSync(join(tmpdir(), 'zeroskip-fuzz-'));
  readonly #outcomes = new Map<string, number>();
  readonly #faults = new Map<string, number>();
  #slowest = { run: 0, ms: 0 };
  #kept = 0;
  #blocks = 0;
  #done = 0;

  constructor(target: FuzzTarget, options: { runs: number; seed: number; out: string; isGuided: boolean }) {
    this.#target = target;
    this.#options = options;
  }

  async #record({ kind, run, input, what }: Fault): Promise<void> {
    const key = kind === 'error' ? signature(what) : kind;
    const count = (this.#faults.get(key) ?? 0) + 1;
    this.#faults.set(key, count);
    if (count > 1 && kind !== 'crash' && kind !== 'hang') return;
    console.log(`input ${run}: ${kind}, ${what}`);
    const { out, seed } = this.#options;
    mkdirSync(out, { recursive: true });
    const stem = join(out, `${this.#target.name}-${seed}-${run}`);
    writeFileSync(`${stem}.input`, Buffer.from(input, 'base64'));
    const expected = faultOfReplay(this.#target, `${stem}.input`);
    if (expected === undefined) return console.log('  alone it does not lead to the same');
    const trial = join(this.#folder, 'trial');
    const smallest = await minimise(
      this.#target,
      new Uint8Array(Buffer.from(input, 'base64')),
      async (candidate) => {
        writeFileSync(trial, candidate);
        return faultOfReplay(this.#target, trial) === expected;
      },
    );
    writeFileSync(`${stem}.minimised`, smallest);
    console.log(`  ${smallest.length} bytes are enough: ${stem}.minimised`);
  }

  /** One process, until it ends; resolves with the number of the next input. */
  async #process(from: number): Promise<number> {
    const { runs, seed, isGuided } = this.#options;
    const statePath = join(this.#folder, 'state');
    rmSync(statePath, { force: true });
    const args = [this.#target.name, 'run', from, runs - from, seed, isGuided, statePath].map(String);
    // Inputs come one by one: waking one thread takes less time than waking one of several.
    const running = fork(child, args, { execPath: node, env: { ...process.env, UV_THREADPOOL_SIZE: '1' } });
    let progress: Progress | undefined;
    const faults: Fault[] = [];
    running.on('message', (message: Progress | Fault) => {
      if (message.kind !== 'progress') faults.push(message);
      else {
        progress = message;
        this.#tell(from + message.runs);
      }
    });
    let watched = { run: -1, since: 0, cpu: 0 };
    let isHanging = false;
    const timer = setInterval(() => {
      const state = readState(statePath);
      const run = state?.isBusy ? state.run : -1;
      const now = performance.now();
      if (run !== watched.run) watched = { run, since: now, cpu: cpuMs(running.pid!) };
      const waited = now - watched.since;
      if (run < 0 || waited < MAX_MS) return;
      if (waited < 10 * MAX_MS && cpuMs(running.pid!) - watched.cpu < MAX_MS) return;
      isHanging = true;
      running.kill('SIGKILL');
    }, WATCH_MS);
    const [status, signal] = (await once(running, 'exit')) as [number | null, string | null];
    clearInterval(timer);
    if (progress) this.#add(progress);
    for (const fault of faults) await this.#record(fault);
    if (status === 0) return runs;
    const state = readState(statePath);
    if (!state)
      throw new Error(`The process of ${this.#target.name} ended with ${signal ?? status} before an input.`);
    await this.#record({
      kind: isHanging ? 'hang' : 'crash',
      run: state.run,
      input: Buffer.from(state.input).toString('base64'),
      what: isHanging ? `more than ${MAX_MS} ms` : `the process ended with ${signal ?? `status ${status}`}`,
    });
    this.#outcomes.set('ended the process', (this.#outcomes.get('ended the process') ?? 0) + 1);
    return state.run + 1;
  }

  #add({ outcomes, slowest, kept, blocks }: Progress): void {
    for (const [name, count] of outcomes) this.#outcomes.set(name, (this.#outcomes.get(name) ?? 0) + count);
    if (slowest.ms > this.#slowest.ms) this.#slowest = slowest;
    this.#kept += kept;
    this.#blocks = Math.max(this.#blocks, blocks);
  }

  #tell(done: number): void {
    const step = Math.max(1, Math.floor(this.#options.runs / 20));
    if (Math.floor(done / step) > Math.floor(this.#done / step)) console.log(`${done} inputs`);
    this.#done = done;
  }

  async run(): Promise<number> {
    const { runs, seed } = this.#options;
    const start = performance.now();
    let next = 0;
    try {
      while (next < runs && this.#faults.size < MAX_FINDINGS) next = await this.#process(next);
    } finally {
      rmSync(this.#folder, { recursive: true });
    }
    const minutes = (performance.now() - start) / 60_000;
    console.log(`${this.#target.name}: ${next} inputs of seed ${seed} in ${minutes.toFixed(1)} minutes`);
    for (const [name, count] of [...this.#outcomes].sort(([, a], [, b]) => b - a))
      console.log(`  ${name}: ${count}`);
    console.log(`  slowest: input ${this.#slowest.run}, ${this.#slowest.ms.toFixed(0)} ms`);
    if (this.#options.isGuided)
      console.log(`  kept for new code: ${this.#kept}, blocks reached: ${this.#blocks}`);
    console.log(`  findings: ${this.#faults.size}`);
    for (const [key, count] of this.#faults) console.log(`    ${count} × ${key}`);
    return this.#faults.size === 0 ? 0 : 1;
  }
}

function main(): Promise<number> | number {
  const { values } = parseArgs({
    options: {
      target: { type: 'string' },
      runs: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
      out: { type: 'string', default: 'fuzz-findings' },
      replay: { type: 'string' },
      unguided: { type: 'boolean', default: false },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const target = targets.find(({ name }) => name === values.target);
  if (!target) throw new Error(`Expected one of ${NAMES} for --target, received ${values.target}.\n${USAGE}`);
  if (values.replay !== undefined) {
    console.log(faultOfReplay(target, values.replay) ?? 'a result or a coded error');
    return 0;
  }
  const [runs, seed] = [Number(values.runs), Number(values.seed)];
  if (!Number.isInteger(runs) || !Number.isInteger(seed))
    throw new Error(`Expected whole numbers.\n${USAGE}`);
  return new Campaign(target, {
    runs,
    seed,
    out: values.out,
    isGuided: target.guided && !values.unguided,
  }).run();
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 2;
}
