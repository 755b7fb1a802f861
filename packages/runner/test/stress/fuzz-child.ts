import { openSync, readFileSync, writeSync } from 'node:fs';
import { type CampaignResult, campaign } from './fuzz/campaign.ts';
import { type Fault, type Progress, STATE_HEADER_BYTES } from './fuzz/messages.ts';
import { outcomeOf } from './fuzz/target.ts';
import { targets } from './fuzz/targets.ts';

/** Processor time of one input beyond which it counts as hanging. */
const MAX_CPU_MS = 1000;

const [name, mode, ...rest] = process.argv.slice(2);
const target = targets.find((each) => each.name === name)!;
const send = (message: Fault | Progress) => process.send!(message);

function faultOf(run: number, input: Uint8Array, error: unknown): Fault {
  const { stack } = error as Error;
  return { kind: 'error', run, input: Buffer.from(input).toString('base64'), what: stack ?? String(error) };
}

if (mode === 'replay') {
  try {
    console.log(await outcomeOf(target, new Uint8Array(readFileSync(rest[0]!))));
  } catch (error) {
    console.error((error as Error).stack);
    process.exitCode = 1;
  }
} else {
  const [from, runs, seed, isGuided, statePath] = rest as [string, string, string, string, string];
  const state = openSync(statePath, 'w');
  const header = Buffer.alloc(STATE_HEADER_BYTES);
  let cpu = 0;
  let last: { run: number; input: Uint8Array } = { run: -1, input: new Uint8Array() };
  const cpuNow = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  const writeHeader = (isBusy: boolean) => {
    header.writeUInt32LE(isBusy ? 1 : 0, 12);
    writeSync(state, header, 0, header.length, 0);
  };
  const toProgress = ({ outcomes, ...counts }: CampaignResult): Progress => ({
    kind: 'progress',
    ...counts,
    outcomes: [...outcomes],
  });
  let toReport: CampaignResult | undefined;
  await campaign(target, {
    from: Number(from),
    runs: Number(runs),
    seed: Number(seed),
    isGuided: isGuided === 'true',
    // A process that dies or hangs leaves its input behind.
    before: (run, input) => {
      header.writeDoubleLE(run, 0);
      header.writeUInt32LE(input.length, 8);
      writeSync(state, input, 0, input.length, header.length);
      writeHeader(true);
      cpu = cpuNow();
      last = { run, input };
    },
    // What a campaign does between inputs is no input's time.
    after: () => {
      const spent = cpuNow() - cpu;
      writeHeader(false);
      if (spent <= MAX_CPU_MS) return;
      const input = Buffer.from(last.input).toString('base64');
      send({ kind: 'slow', run: last.run, input, what: `${Math.round(spent)} ms of processor time` });
    },
    onFault: (run, input, error) => send(faultOf(run, input, error)),
    onProgress: (result) => {
      toReport = result;
      send(toProgress(result));
    },
  });
  if (toReport) send(toProgress(toReport));
  process.disconnect();
}
