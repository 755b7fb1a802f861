import { describe, expect, it } from 'vitest';
import { profiledRuns } from '../../src/peers/profile.ts';

const event = (cat: string, name: string, ts: number, dur: number, op_name?: string) => ({
  cat,
  name,
  ts,
  dur,
  args: op_name === undefined ? {} : { op_name },
});

describe('profiledRuns', () => {
  it('are the kernels of each run, in milliseconds', () => {
    const text = JSON.stringify([
      event('Session', 'session_initialization', 0, 90),
      event('Node', 'a_kernel_time', 110, 1500, 'Conv'),
      event('Node', 'a_fence_after', 1620, 1, 'Conv'),
      event('Node', 'b_kernel_time', 1700, 200, 'Relu'),
      event('Session', 'SequentialExecutor::Execute', 101, 1990),
      event('Session', 'model_run', 100, 2000),
      event('Node', 'a_kernel_time', 3010, 2500, 'Conv'),
      event('Session', 'model_run', 3000, 3000),
    ]);
    expect(profiledRuns(text)).toEqual([
      [
        { node: 'a', opType: 'Conv', ms: 1.5 },
        { node: 'b', opType: 'Relu', ms: 0.2 },
      ],
      [{ node: 'a', opType: 'Conv', ms: 2.5 }],
    ]);
  });

  it('are none in a profile without runs', () => {
    expect(profiledRuns('[]')).toEqual([]);
  });
});
