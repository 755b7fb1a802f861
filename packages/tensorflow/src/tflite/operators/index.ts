import type { Translation } from '../translation.ts';
import { blocks } from './blocks.ts';
import { control } from './control.ts';
import { convolutions } from './convolution.ts';
import { detection } from './detection.ts';
import { elementwise } from './elementwise.ts';
import { products } from './matrix.ts';
import { pools } from './pooling.ts';
import { recurrent } from './recurrent.ts';
import { reductions } from './reduction.ts';
import { selections } from './selection.ts';
import { shapes } from './shape.ts';

/** Every operator that models may have; custom ones by their code. */
export const translations: ReadonlyMap<string, Translation> = new Map(
  Object.entries<Translation>({
    ...blocks,
    ...control,
    ...convolutions,
    ...detection,
    ...elementwise,
    ...products,
    ...pools,
    ...recurrent,
    ...reductions,
    ...selections,
    ...shapes,
  }),
);
