import { element } from './elements.ts';

interface Receivers {
  readonly photo: (photo: File) => void;
  readonly model: (files: readonly File[]) => void;
}

const isPhoto = ({ type }: File) => type.startsWith('image/');

/** Passes on files that are chosen, dropped anywhere on the page, or pasted. */
export function receiveFiles({ photo, model }: Receivers): void {
  const receive = (files: readonly File[]) => {
    const image = files.find(isPhoto);
    const others = files.filter((file) => !isPhoto(file));
    if (image) photo(image);
    if (others.length > 0) model(others);
  };
  const choose = (id: string, pass: (files: readonly File[]) => void) => {
    const input = element<HTMLInputElement>(id);
    input.addEventListener('change', () => {
      const files = [...(input.files ?? [])];
      // The same file may be chosen again.
      input.value = '';
      if (files.length > 0) pass(files);
    });
  };
  choose('photo-file', ([first]) => photo(first!));
  choose('model-files', model);

  addEventListener('dragover', (event) => event.preventDefault());
  addEventListener('drop', (event) => {
    event.preventDefault();
    receive([...(event.dataTransfer?.files ?? [])]);
  });
  addEventListener('paste', ({ clipboardData }) => receive([...(clipboardData?.files ?? [])]));
}

/** The file that is the model, and those that it refers to. */
export function modelOf(files: readonly File[]): { model: File; beside: File[] } {
  const model = files.find(({ name }) => /\.(onnx|json)$/i.test(name)) ?? files[0]!;
  return { model, beside: files.filter((file) => file !== model) };
}
