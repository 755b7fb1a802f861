import { type InputDims, type Preparation, type ReadPreset, readPreset } from '@zeroskip/batch';

/** What a command line says of the preparation of images, over what the preset says. */
export interface PreparationOptions
  extends InputDims,
    Partial<Pick<Preparation, 'resize' | 'channels' | 'mean' | 'std'>> {
  readonly preset?: string;
}

/** The preset of a model, with what the options say in place of its own. */
export async function presetOf(model: string, options: PreparationOptions): Promise<ReadPreset> {
  const { preparation, ...preset } = await readPreset(model, options.preset);
  const { resize, size, multipleOf, channels, mean, std } = options;
  return {
    ...preset,
    preparation: {
      ...preparation,
      ...(resize && { resize }),
      ...(size && { size }),
      ...(multipleOf !== undefined && { multipleOf }),
      ...(channels && { channels }),
      ...(mean && { mean }),
      ...(std && { std }),
    },
  };
}
