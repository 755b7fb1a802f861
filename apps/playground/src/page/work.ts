import type { Progress } from '../requests.ts';
import { create, element } from './elements.ts';

const STAGES: Readonly<Record<string, string>> = {
  read: 'Reading the network.',
  prepare: 'Preparing the weights of the convolutions.',
  run: 'Computing.',
  probe: 'Reading the activation maps.',
  compare: 'Running both engines, to compare their answers.',
  turns: 'Measuring both engines in turns.',
};

export interface Task {
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
}

const bar = element<HTMLProgressElement>('progress');
const status = element('status');
const alert = element('alert');
const cancel = element<HTMLButtonElement>('cancel');

export function say(text: string): void {
  status.textContent = text;
}

function complain(message: string): void {
  alert.replaceChildren(create('p', {}, message));
}

/** What the page is doing: one thing at a time, of which the last that was asked for wins. */
export class Work {
  #current: { readonly controller: AbortController; readonly done: Promise<void> } | undefined;

  constructor() {
    cancel.addEventListener('click', () => this.stop());
  }

  /** Cancels what is being done, and waits for its end. */
  async stop(): Promise<void> {
    this.#current?.controller.abort();
    await this.#current?.done;
  }

  /**
   * Does `work` after what went on before has ended, and says what it returns.
   * @param title said at the start
   */
  async start(title: string, work: (task: Task) => Promise<string>): Promise<void> {
    while (this.#current) await this.stop();
    const controller = new AbortController();
    const done = this.#run(title, controller.signal, work);
    this.#current = { controller, done };
    await done;
  }

  async #run(title: string, signal: AbortSignal, work: (task: Task) => Promise<string>): Promise<void> {
    document.body.classList.add('busy');
    cancel.hidden = false;
    alert.replaceChildren();
    say(title);
    this.#show({ stage: '', done: 0, total: 0 });
    let stage = '';
    const progress = (each: Progress) => {
      if (each.stage !== stage) say(STAGES[each.stage] ?? title);
      stage = each.stage;
      this.#show(each);
    };
    try {
      say(await work({ signal, progress }));
    } catch (error) {
      say(signal.aborted ? 'Cancelled.' : '');
      if (!signal.aborted) complain((error as Error).message);
    } finally {
      const hadFocus = document.activeElement === cancel;
      document.body.classList.remove('busy');
      cancel.hidden = true;
      bar.hidden = true;
      this.#current = undefined;
      if (hadFocus) element('run').focus();
    }
  }

  #show({ done, total }: Progress): void {
    bar.hidden = false;
    if (total > 0) [bar.max, bar.value] = [total, done];
    else bar.removeAttribute('value');
  }
}
