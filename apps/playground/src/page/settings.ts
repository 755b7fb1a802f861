import type { ImageInput, Size } from '../image/input.ts';
import { type NormalisationId, normalisations } from '../image/normalisation.ts';
import { create, element } from './elements.ts';

const DEFAULT_SIDE = 224;
const LARGEST_SIDE = 4096;

const settings = element('settings');
const normalisation = element<HTMLSelectElement>('normalisation');
const sides = element('sides');

for (const [value, { title }] of Object.entries(normalisations))
  normalisation.append(create('option', { value }, title));

function field(side: keyof Size): HTMLLabelElement {
  const input = create('input', {
    ...{ id: side, type: 'number', required: true },
    ...{ min: '1', max: String(LARGEST_SIDE), value: String(DEFAULT_SIDE) },
  });
  return create('label', {}, `${side === 'height' ? 'Height' : 'Width'} in pixels`, input);
}

/** Offers what the network of somebody's own leaves open. */
export function showSettings(input: ImageInput | undefined): void {
  settings.hidden = !input;
  if (!input) return;
  normalisation.value = input.type === 'uint8' ? 'byte' : 'unit';
  normalisation.disabled = input.type === 'uint8';
  sides.replaceChildren(
    ...(['height', 'width'] as const).filter((side) => input[side] === undefined).map(field),
  );
}

export const chosenNormalisation = () => normalisation.value as NormalisationId;

/** The size of the network's input. @throws for a side out of bounds */
export function chosenSize(input: ImageInput): Size {
  const side = (name: keyof Size) => {
    const fixed = input[name];
    if (fixed !== undefined) return fixed;
    const value = element<HTMLInputElement>(name).valueAsNumber;
    if (Number.isInteger(value) && value >= 1 && value <= LARGEST_SIDE) return value;
    throw new RangeError(`Expected a ${name} from 1 to ${LARGEST_SIDE} pixels, received ${value}.`);
  };
  return { height: side('height'), width: side('width') };
}
