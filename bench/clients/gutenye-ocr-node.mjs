/** @type {import('../src/clients/client.ts').Client} */
export const client = {
  name: '@gutenye/ocr-node',
  version: '1.4.8',
  engine: 'onnxruntime-node',
};

export async function start({ page, line }) {
  const { default: Ocr } = await import('@gutenye/ocr-node');
  const ocr = await Ocr.create();
  const read = async (picture) =>
    (await ocr.detect(picture)).map(({ text, mean, box }) => ({ text, mean, box }));
  return { 'one line': () => read(line), 'page of 12 widths': () => read(page) };
}
