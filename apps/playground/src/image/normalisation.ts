/** How pixels of 0 to 255 become values: `(pixel - mean) / std`, for red, green and blue. */
interface Normalisation {
  readonly title: string;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

const all = (value: number) => [value, value, value] as const;

export const normalisations = {
  unit: { title: '0 to 1', mean: all(0), std: all(255) },
  signed: { title: '−1 to 1', mean: all(127.5), std: all(127.5) },
  centred: { title: '−0.5 to 0.5', mean: all(128), std: all(256) },
  imagenet: {
    title: 'mean and standard deviation of ImageNet',
    mean: [123.675, 116.28, 103.53],
    std: [58.395, 57.12, 57.375],
  },
  byte: { title: '0 to 255', mean: all(0), std: all(1) },
} as const satisfies Record<string, Normalisation>;

export type NormalisationId = keyof typeof normalisations;
