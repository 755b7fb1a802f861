import type { NodeView } from '@zeroskip/onnx';
import type { Lowering } from './lowering.ts';
import type { Place } from './place.ts';
import { pickAxis } from './tables.ts';

/** Writes what a convolution without products leaves: the bias, or zeros, through what is fused into `node`. */
export function lowerConstantMap(
  lowering: Lowering,
  node: NodeView,
  bias: Float32Array | undefined,
  output: Place,
): void {
  const { n, h, w, c } = output;
  const values = bias ?? new Float32Array(c);
  const { addend, activation } = node.node;
  const point = { n: 1, h: 1, w: 1, c };
  const activated = (from: Place, to = lowering.temporary(from)) => {
    if (!activation || activation.name === 'none') return from;
    lowering.emitUnary(activation.name, from, to, activation.alpha, activation.beta);
    return to;
  };
  if (addend) {
    const map = lowering.values.map(addend.name);
    const sum = lowering.pool.add(values, point);
    const before = addend.beforeActivation && activation ? lowering.temporary(output) : output;
    lowering.emitBinary('add', map, addend.beforeActivation ? sum : activated(sum), before);
    if (before !== output) activated(before, output);
    return;
  }
  const images = Float32Array.from({ length: n * c }, (_, i) => values[i % c]!);
  lowering.emit({
    op: 'resize',
    rows: pickAxis(new Int32Array(h)),
    columns: pickAxis(new Int32Array(w)),
    input: activated(lowering.pool.add(images, { ...point, n })),
    output,
  });
}
