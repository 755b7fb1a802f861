import type { GraphDraft } from './draft.ts';

const isMap = (dims: readonly number[]) => dims.length === 3 || dims.length === 4;

function spatial(draft: GraphDraft, rank: number, min: number, max: number): number[] {
  return Array.from({ length: rank }, () => draft.whole(min, max));
}

export function conv(draft: GraphDraft, x: string): string | undefined {
  const dims = draft.dims(x);
  if (!isMap(dims) || dims[1] === 0) return undefined;
  const [channels, rank] = [dims[1]!, dims.length - 2];
  const groups = [1, 1, 1, channels, 2, 3].filter((group) => channels % group === 0);
  const group = draft.pick(groups);
  const outChannels = group * (draft.chance(0.1) ? draft.whole(4, 9) : draft.whole(1, group === 1 ? 5 : 2));
  const kernel = draft.chance(0.35) ? new Array<number>(rank).fill(1) : spatial(draft, rank, 1, 3);
  const weights = draft.floats([outChannels, channels / group, ...kernel]);
  const bias = draft.chance(0.5) ? [draft.floats([outChannels])] : [];
  const mode = draft.chance(0.15) ? draft.pick(['SAME_UPPER', 'SAME_LOWER', 'VALID', 'NOTSET']) : undefined;
  const output = draft.add(
    'Conv',
    [x, draft.chance(0.1) ? (draft.add('Identity', [weights])?.[0] ?? weights) : weights, ...bias],
    {
      ...(group > 1 && { group }),
      ...(draft.chance(0.3) && { strides: spatial(draft, rank, 1, 3) }),
      ...(draft.chance(0.2) && { dilations: spatial(draft, rank, 1, 2) }),
      ...(mode && { auto_pad: mode }),
      ...(!mode && draft.chance(0.7) && { pads: spatial(draft, 2 * rank, 0, 2) }),
    },
  );
  return output?.[0];
}

/** A convolution that keeps the dims, for sums with its input. */
export function sameConv(draft: GraphDraft, x: string): string | undefined {
  const dims = draft.dims(x);
  if (!isMap(dims) || dims[1] === 0) return undefined;
  const rank = dims.length - 2;
  const size = draft.pick([1, 3]);
  const weights = draft.floats([dims[1]!, dims[1]!, ...new Array<number>(rank).fill(size)]);
  return draft.add('Conv', [x, weights], { pads: new Array<number>(2 * rank).fill((size - 1) / 2) })?.[0];
}

export function convTranspose(draft: GraphDraft, x: string): string | undefined {
  const dims = draft.dims(x);
  if (!isMap(dims) || dims[1] === 0) return undefined;
  const rank = dims.length - 2;
  const weights = draft.floats([dims[1]!, draft.whole(1, 3), ...spatial(draft, rank, 1, 3)]);
  return draft.add('ConvTranspose', [x, weights], {
    ...(draft.chance(0.6) && { strides: spatial(draft, rank, 1, 2) }),
    ...(draft.chance(0.4) && { pads: spatial(draft, 2 * rank, 0, 1) }),
  })?.[0];
}

export function batchNormalization(draft: GraphDraft, x: string): string | undefined {
  const dims = draft.dims(x);
  if (dims.length < 2) return undefined;
  const vector = (low: number, high: number) => draft.floats([dims[1]!], low, high);
  const inputs = [x, vector(-1, 1), vector(-1, 1), vector(-1, 1), vector(0.5, 2)];
  const isTraining = draft.chance(0.1);
  const training = draft.opset < 14 ? {} : { training_mode: 1 };
  return draft.add(
    'BatchNormalization',
    inputs,
    isTraining ? training : draft.chance(0.3) ? { epsilon: { float: 0.125 } } : {},
    !isTraining ? 1 : draft.opset < 14 ? 5 : 3,
  )?.[0];
}

export function otherNormalization(draft: GraphDraft, x: string): string | undefined {
  const dims = draft.dims(x);
  const channels = dims[1] ?? 0;
  switch (draft.whole(0, 3)) {
    case 0:
      return draft.add('InstanceNormalization', [x, draft.floats([channels]), draft.floats([channels])], {
        epsilon: { float: 0.125 },
      })?.[0];
    case 1:
      return draft.add('LRN', [x], { size: draft.whole(1, 4), alpha: { float: 0.25 } })?.[0];
    case 2:
      return draft.add('LayerNormalization', [x, draft.floats([dims.at(-1) ?? 1])], {
        epsilon: { float: 0.125 },
      })?.[0];
    default:
      return draft.add('GroupNormalization', [x, draft.floats([1]), draft.floats([1])], {
        num_groups: 1,
        epsilon: { float: 0.125 },
      })?.[0];
  }
}

export function pad(draft: GraphDraft, x: string): string | undefined {
  const dims = draft.dims(x);
  const least = draft.chance(0.1) ? -1 : 0;
  const everywhere = draft.chance(0.2);
  const pads = [...dims, ...dims].map((_, i) =>
    everywhere || i % dims.length > 1 ? draft.whole(least, 2) : 0,
  );
  const mode = draft.chance(0.75) ? 'constant' : draft.pick(['reflect', 'edge']);
  const fill = draft.chance(0.15) ? draft.pick([-1, 0.5, 0, -0]) : undefined;
  if (draft.opset < 11)
    return draft.add('Pad', [x], { pads, mode, ...(fill !== undefined && { value: { float: fill } }) })?.[0];
  const inputs = [x, draft.ints(pads), ...(fill === undefined ? [] : [draft.floats([], fill, fill)])];
  return draft.add('Pad', inputs, draft.chance(0.5) || mode !== 'constant' ? { mode } : {})?.[0];
}

export function pool(draft: GraphDraft, x: string): string | undefined {
  const dims = draft.dims(x);
  const rank = dims.length - 2;
  if (draft.chance(0.2)) return draft.add(draft.pick(['GlobalAveragePool', 'GlobalMaxPool']), [x])?.[0];
  const kernel = spatial(draft, Math.max(1, rank), 1, 3);
  const opType = draft.pick(['MaxPool', 'MaxPool', 'AveragePool', 'AveragePool', 'LpPool']);
  const common = {
    kernel_shape: kernel,
    ...(draft.chance(0.6) && { strides: kernel.map(() => draft.whole(1, 3)) }),
    ...(draft.chance(0.3) && { pads: [...kernel, ...kernel].map((extent) => draft.whole(0, extent - 1)) }),
  };
  if (opType === 'LpPool') return draft.add(opType, [x], common)?.[0];
  const ceil = draft.opset >= 10 && draft.chance(0.3) ? { ceil_mode: 1 } : {};
  if (opType === 'AveragePool') {
    const counted = draft.chance(0.3) ? { count_include_pad: 1 } : {};
    return draft.add(opType, [x], { ...common, ...ceil, ...counted })?.[0];
  }
  // Behind other nodes, rounding could decide which of two equal values is the larger.
  const hasIndices = x.startsWith('x') && draft.opset >= 8 && draft.chance(0.3);
  return draft.add(opType, [x], { ...common, ...ceil }, hasIndices ? 2 : 1)?.[0];
}
