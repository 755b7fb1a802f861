import { networks } from './networks.ts';
import { compare } from './page/comparison.ts';
import { create, element } from './page/elements.ts';
import { dims, plural } from './page/figures.ts';
import { modelOf, receiveFiles } from './page/files.ts';
import { showLayers } from './page/layers.ts';
import { showResult, showTime } from './page/result.ts';
import { chosenNormalisation, chosenSize, showSettings } from './page/settings.ts';
import { say, type Task, Work } from './page/work.ts';
import { Client, WorkerError } from './requests.ts';
import { threads } from './threads.ts';
import type { Engine, ModelInfo, ModelSource } from './worker.ts';

/** The network that is chosen: one of the site's, or somebody's own. */
interface Choice {
  readonly title: string;
  readonly source: ModelSource;
  readonly network?: (typeof networks)[number];
}

const OWN = 'own';
const work = new Work();
const engine = new Client<Engine>(
  () => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }),
);

let choice: Choice | undefined;
let own: Choice | undefined;
let loaded: ModelInfo | undefined;
let photo: File | undefined;

/** Calls the engine; what it does not answer for by a code has left it in an unknown state, and ends it. */
async function guarded<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    const isKnown = error instanceof WorkerError && (error.code !== undefined || error.name === 'AbortError');
    if (!isKnown) engine.end(error as Error);
    throw error;
  }
}

function hideResults(): void {
  for (const id of ['results', 'layers']) element(id).hidden = true;
  element('comparison-content').replaceChildren();
}

/** The network, loaded unless it is. */
async function ready({ source, title }: Choice, task: Task): Promise<ModelInfo> {
  if (loaded && engine.isRunning) return loaded;
  loaded = await guarded(engine.call('load', source, { ...task, endsWorker: true }));
  const { input, operators } = loaded;
  const facts = [title, plural(operators, 'operator')];
  if (!('reason' in input)) {
    const { layout, channels, height = 'any', width = 'any' } = input;
    facts.push(`input ${dims(layout === 'NCHW' ? [channels, height, width] : [height, width, channels])}`);
  }
  element('network-facts').textContent = `${facts.join(', ')}.`;
  return loaded;
}

/** Takes a network in the place of the one before, whose memory is released. */
async function choose(next: Choice | undefined): Promise<void> {
  choice = next;
  loaded = undefined;
  hideResults();
  showSettings(undefined);
  element('network-facts').textContent = '';
  await work.start('', async (task) => {
    if (engine.isRunning) await guarded(engine.call('release', undefined));
    if (!next || next.network) return next ? `${next.title} is chosen.` : 'Choose the files of a model.';
    const { input } = await ready(next, task);
    if ('reason' in input) throw new Error(input.reason);
    showSettings(input);
    return `${next.title} is loaded.`;
  });
}

function run(): Promise<void> {
  return work.start('Preparing the network.', async (task) => {
    if (!choice) throw new Error('Choose a network first.');
    if (!photo) throw new Error('Choose a photo first.');
    const { network, title } = choice;
    const { input } = await ready(choice, task);
    if ('reason' in input) throw new Error(input.reason);
    const size = chosenSize(input);
    const normalisation = network?.normalisation ?? chosenNormalisation();
    const result = await guarded(
      engine.call('run', { photo, size, normalisation, output: network?.output }, task),
    );
    hideResults();
    await showResult({ ...result, photo, labels: network?.labels, isKnown: network !== undefined });
    showTime(result.ms, threads, result.isFirst);
    element('results').hidden = false;
    return `${title} has run: its result follows.`;
  });
}

function showZeros(): Promise<void> {
  return work.start('Running the network with a trace.', async (task) => {
    showLayers(await guarded(engine.call('layers', undefined, task)));
    return 'The table of layers follows.';
  });
}

function takePhoto(file: File): void {
  photo = file;
  const image = element<HTMLImageElement>('photo');
  URL.revokeObjectURL(image.src);
  image.src = URL.createObjectURL(file);
  image.alt = `The photo ${file.name}`;
  image.hidden = false;
  element('photo-name').textContent = file.name;
  say(`The photo ${file.name} is chosen.`);
}

function takeModel(files: readonly File[]): void {
  const source = modelOf(files);
  own = { title: source.model.name, source };
  element<HTMLInputElement>(OWN).checked = true;
  element('model-names').textContent = files.map(({ name }) => name).join(', ');
  choose(own);
}

function offerNetworks(): void {
  const option = ({ id, title, text }: Pick<(typeof networks)[number], 'id' | 'title' | 'text'>) =>
    create(
      'label',
      { className: 'option' },
      create('input', { type: 'radio', name: 'network', value: id, id }),
      create('span', {}, create('strong', {}, title), create('span', { className: 'note' }, text)),
    );
  const text =
    'An .onnx file with its external data, or a model.json of TensorFlow.js with its weights: choose them together.';
  element('networks').append(
    ...networks.map(option),
    option({ id: OWN, title: 'A model of your own', text }),
  );
  element('networks').addEventListener('change', ({ target }) => {
    const { value } = target as HTMLInputElement;
    const network = networks.find(({ id }) => id === value);
    choose(network ? choiceOf(network) : own);
  });
  const [first] = networks;
  element<HTMLInputElement>(first!.id).checked = true;
  choice = choiceOf(first!);
}

const choiceOf = (network: (typeof networks)[number]): Choice => ({
  title: network.title,
  source: new URL(network.address, document.baseURI).href,
  network,
});

function explainThreads(): void {
  element('threads').textContent = !crossOriginIsolated
    ? `It computes on one thread, as it is not cross-origin isolated: its server does not send the headers
      Cross-Origin-Opener-Policy and Cross-Origin-Embedder-Policy, without which a browser shares no memory between threads.`
    : `It computes on ${plural(threads, 'thread')}, ${threads === 1 ? 'which is what' : 'as many as'} the browser offers.`;
}

explainThreads();
offerNetworks();
receiveFiles({ photo: takePhoto, model: takeModel });
element('run').addEventListener('click', run);
element('show-zeros').addEventListener('click', showZeros);
element('compare').addEventListener('click', () =>
  work.start('Loading onnxruntime-web.', (task) => compare(engine, choice!.source, task)),
);
if (import.meta.env.MODE === 'production') navigator.serviceWorker?.register('./sw.js');
