import type { MachineRates } from '@zeroskip/kernels';
import { axis, figure, legend } from './page.ts';

/** A convolution under the roofs. */
export interface RoofPoint {
  readonly algorithm: string;
  /** Operations done for each byte of input, weights and output. */
  readonly intensity: number;
  readonly gflops: number;
}

/** Three digits. */
export const three = (value: number) => Number(value.toPrecision(3));

/** Both roofs of a number of threads, and every convolution's rate under them. */
export function roofChart(machine: MachineRates, threads: number, points: readonly RoofPoint[]): string {
  const peak = machine.fma.find((rates) => rates.threads === threads)!.median;
  const { median: bandwidth } = machine.memory
    .filter((rates) => rates.kind === 'read' && rates.threads === threads)
    .at(-1)!;
  const intensities = [...points.map(({ intensity }) => intensity).filter((at) => at > 0), peak / bandwidth];
  const [low, high] = [Math.min(...intensities) / 2, Math.max(...intensities) * 2];
  const caption =
    'Operations that each convolution does (those on non-zeros for algorithms that skip zeros), by its intensity; the roof is reading DRAM and the peak of multiply-adds.';
  return figure(caption, { height: 400 }, (ink) => ({
    legend: legend(ink),
    xAxis: axis(ink, 'operations ÷ byte', { type: 'log', min: three(low), max: three(high), nameGap: 28 }),
    yAxis: axis(ink, 'GFLOP/s', { type: 'log', min: 'dataMin' }),
    series: [
      {
        type: 'line' as const,
        name: 'roof',
        symbol: 'none',
        lineStyle: { color: ink.text },
        itemStyle: { color: ink.text },
        data: [low, peak / bandwidth, high].map((at) => [three(at), three(Math.min(peak, at * bandwidth))]),
      },
      ...[...new Set(points.map(({ algorithm }) => algorithm))].map((id) => ({
        type: 'scatter' as const,
        name: id,
        symbolSize: 6,
        data: points
          .filter(({ algorithm, intensity }) => algorithm === id && intensity > 0)
          .map(({ intensity, gflops }) => [three(intensity), three(gflops)]),
      })),
    ],
  }));
}
