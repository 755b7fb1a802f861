import { Tensor } from '@zeroskip/tensor';
import sharp from 'sharp';

/** A photo as nsfwjs's networks take it: `1 × size × size × 3`, values 0 to 1. */
export async function nsfwInput(photo: string, size: number): Promise<Tensor<'float32'>> {
  const pixels = await sharp(photo).removeAlpha().resize(size, size, { fit: 'fill' }).raw().toBuffer();
  return new Tensor(
    'float32',
    Float32Array.from(pixels, (value) => value / 255),
    [1, size, size, 3],
  );
}
