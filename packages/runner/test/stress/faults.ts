/**
 * Every allocation of native code fails once: each must become a coded error, with nothing lost and the next call
 * right. Runs with test/native/failing-allocations.c of @zeroskip/kernels before Node.
 */
import { openSync, readdirSync, readSync, writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import {
  algorithms,
  Convolution,
  convolve,
  denseView,
  estimateMs,
  estimates,
  loadAddon,
  Meter,
  nominalRates,
  Program,
  Reads,
  refusal,
} from '@zeroskip/kernels';
import { convSpec, Tensor } from '@zeroskip/tensor';
import { sparseValues } from '@zeroskip/test-utils';
import { InferenceSession } from '../../src/index.ts';
import { digest } from './answers.ts';
import { networks, values } from './networks.ts';

const file = openSync(process.env.ZEROSKIP_FAULTS!, 'r+');
const fields = { refuse: 0, asked: 1, refused: 2, held: 3 } as const;

function write(field: keyof typeof fields, value: number): void {
  writeSync(file, new Uint8Array(BigInt64Array.of(BigInt(value)).buffer), 0, 8, fields[field] * 8);
}

function read(field: keyof typeof fields): number {
  const value = new BigInt64Array(1);
  readSync(file, new Uint8Array(value.buffer), 0, 8, fields[field] * 8);
  return Number(value[0]);
}

/** Lets go of what only garbage holds. */
async function settled(): Promise<number> {
  for (let i = 0; i < 6; i++) {
    globalThis.gc!();
    await setImmediate();
  }
  return read('held');
}

interface Operation {
  readonly name: string;
  /** What it results in, as text, to compare. */
  run(): unknown;
}

const bits = (data: ArrayBufferView) =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
const spec = convSpec({ inChannels: 8, outChannels: 12, kernel: [3, 3], pads: [1, 1, 1, 1] });
const weights = sparseValues(12 * 8 * 9, 1, 1);
const image = new Tensor('float32', sparseValues(8 * 12 * 14, 0.4, 2), [1, 8, 12, 14]);
/** Large enough that its buffers are mapped. */
const largeSpec = convSpec({ inChannels: 64, outChannels: 64, kernel: [3, 3], pads: [1, 1, 1, 1] });
const large = new Tensor('float32', sparseValues(64 * 40 * 40, 0.4, 3), [1, 64, 40, 40]);
const largeWeights = sparseValues(64 * 64 * 9, 1, 4);
let threads = 1;

async function convolved(algorithm: string, isLarge: boolean): Promise<unknown> {
  const [own, input, filters] = isLarge ? [largeSpec, large, largeWeights] : [spec, image, weights];
  using convolution = new Convolution(own, filters, undefined, { algorithm });
  return bits((await convolve(input, convolution, { threads: 2 })).data);
}

async function timed(): Promise<unknown> {
  using convolution = new Convolution(spec, weights, undefined, { algorithm: 'direct' });
  const output = denseView(8 * 12 * 14, 1, 12, 14, 12);
  const program = new Program([{ op: 'conv', convolution, input: denseView(0, 1, 12, 14, 8), output }]);
  try {
    const run = program.createRun();
    try {
      await run.timeConvolutions(0, [convolution], { rounds: 20, threads: 2 });
      return bits((await run.executeAndRead(new Reads([output]), { to: 0, threads: 2 })).maps[0]!);
    } finally {
      run.release();
    }
  } finally {
    program.release();
  }
}

async function session(): Promise<unknown> {
  const network = networks[0]!;
  const created = await InferenceSession.create(network.bytes, { intraOpNumThreads: 2 });
  try {
    return digest(await created.run({ x: values([1, 3, 24, 24], 1) }, { trace: () => undefined }));
  } finally {
    await created.release();
  }
}

/** The pool keeps its threads: each call asks for one more than there are. */
async function moreThreads(): Promise<unknown> {
  using convolution = new Convolution(spec, weights, undefined, { algorithm: 'direct' });
  threads++;
  return bits((await convolve(image, convolution, { threads })).data);
}

async function metered(): Promise<unknown> {
  const meter = await Meter.create({ kind: 'triad', bytes: 1 << 20 }, { threads: 2 });
  meter.release();
  return undefined;
}

const operations: Operation[] = [
  ...algorithms()
    .filter(({ id }) => refusal(id, spec, [12, 14]) === undefined)
    .flatMap(({ id }) => [
      { name: `convolve ${id}`, run: () => convolved(id, false) },
      { name: `convolve ${id}, mapped buffers`, run: () => convolved(id, true) },
    ]),
  { name: 'more threads', run: moreThreads },
  { name: 'timing and reading', run: timed },
  { name: 'a session', run: session },
  { name: 'a meter', run: metered },
  { name: 'targets', run: () => JSON.stringify(loadAddon().targets()) },
  {
    name: 'an estimate',
    run: () => estimateMs('cps', spec, [1, 8, 12, 14], { density: 0.5, sets: 0.5 }, nominalRates()),
  },
  {
    name: 'all estimates',
    run: () => JSON.stringify(estimates(spec, [1, 8, 12, 14], { density: 0.5, sets: 0.5 }, nominalRates())),
  },
];

const problems: string[] = [];
let injected = 0;
let absorbed = 0;

async function testOperation({ name, run }: Operation): Promise<void> {
  const expected = await run();
  await run();
  const held = await settled();
  const alive = readdirSync('/proc/self/task').length;
  let failures = 0;
  for (let n = 1; ; n++) {
    write('refused', 0);
    write('asked', 0);
    write('refuse', n);
    let outcome: { result: unknown } | { error: unknown };
    try {
      outcome = { result: await run() };
    } catch (error) {
      outcome = { error };
    }
    write('refuse', 0);
    const wasRefused = read('refused') > 0;
    if ('error' in outcome) {
      const { code, message } = outcome.error as { code?: string; message?: string };
      const isCoded = code === 'ERR_OUT_OF_MEMORY' || code === 'ERR_NATIVE';
      if (!wasRefused || !isCoded)
        problems.push(`${name}, allocation ${n}: ${code ?? 'no code'}: ${message}`);
    } else {
      // The C++ library sorts without a buffer where it gets none.
      if (wasRefused) absorbed++;
      if (outcome.result !== expected) problems.push(`${name}, allocation ${n}: another result`);
    }
    if (!wasRefused) break;
    failures++;
    if ((await run()) !== expected) problems.push(`${name}: another result after allocation ${n} failed`);
  }
  injected += failures;
  if (failures === 0) problems.push(`${name}: no allocation`);
  // A thread holds what it was started with for as long as it lives, and those of the pool stay.
  const started = readdirSync('/proc/self/task').length - alive;
  const left = (await settled()) - held - started;
  if (left > 0) problems.push(`${name}: ${left} allocations are not freed`);
  console.log(`${name}: ${failures} allocations failed, one at a time; ${Math.max(0, left)} not freed`);
}

loadAddon();
write('asked', 0);
for (const operation of operations) await testOperation(operation);
for (const problem of problems) console.log(`PROBLEM: ${problem}`);
console.log(
  `faults: ${injected} injected, ${injected - absorbed} errors, ${absorbed} done without, ${problems.length} problems`,
);
process.exitCode = problems.length === 0 && injected > 0 ? 0 : 1;
