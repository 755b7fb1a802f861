import type { LayerComparison } from '../../layers/comparison.ts';
import { svgChart } from '../../report/charts.ts';
import { type DensitySweep, densityFits, sweepPoints } from './density-fit.ts';

const CELL = { width: 480, height: 330, left: 60, right: 20, top: 70, bottom: 50 };
const COLUMNS = 2;

function title({ name, inputShape, weightShape }: LayerComparison): string {
  const [, channels, height, width] = inputShape;
  const [filters, , kernelHeight, kernelWidth] = weightShape;
  return `${name}: ${channels}→${filters}, ${height}×${width}, ${kernelHeight}×${kernelWidth}`;
}

/**
 * A chart for each shape: median times against density, with the fitted line of each sparse algorithm; an SVG image.
 */
export function densityPlot(sweeps: readonly DensitySweep[]): string {
  const rows = Math.ceil(sweeps.length / COLUMNS);
  const columns = Math.min(COLUMNS, sweeps.length);
  const size = { width: CELL.width * columns, height: CELL.height * rows };
  const left = (i: number) => (i % COLUMNS) * CELL.width + CELL.left;
  const top = (i: number) => Math.floor(i / COLUMNS) * CELL.height + CELL.top;
  const place = { nameLocation: 'middle', type: 'value', min: 0 } as const;
  const option = {
    backgroundColor: '#ffffff',
    legend: { top: 0, icon: 'circle' },
    title: sweeps.map(({ runs }, i) => ({
      text: title(runs[0]!),
      left: left(i),
      top: top(i) - 40,
      textStyle: { fontSize: 13 },
    })),
    grid: sweeps.map((_, i) => ({
      left: left(i),
      top: top(i),
      width: CELL.width - CELL.left - CELL.right,
      height: CELL.height - CELL.top - CELL.bottom,
    })),
    xAxis: sweeps.map((_, i) => ({ ...place, gridIndex: i, max: 1, name: 'density', nameGap: 25 })),
    yAxis: sweeps.map((_, i) => ({ ...place, gridIndex: i, name: 'ms', nameGap: 40 })),
    series: sweeps.flatMap((sweep, i) => {
      const axes = { xAxisIndex: i, yAxisIndex: i };
      const points = sweep.runs[0]!.own.map((own) => ({
        ...axes,
        type: 'scatter' as const,
        name: own.algorithm,
        symbolSize: 6,
        data: sweepPoints(sweep, own),
      }));
      const lines = densityFits(sweep).map((fit) => ({
        ...axes,
        type: 'line' as const,
        name: fit.algorithm,
        symbol: 'none',
        lineStyle: { width: 1 },
        data: [0, 1].map((density) => [density, fit.interceptMs + density * fit.slopeMs]),
      }));
      return [...points, ...lines];
    }),
  };
  return svgChart(option, size);
}
