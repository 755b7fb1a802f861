import { InferenceSession } from '@zeroskip/runner';
import { describe, rangeError, released, type Tensor, unexpected } from '@zeroskip/tensor';
import { assertKind, type Kind, type ModelArtifacts, type RunnerModel } from '../loading/artifacts.ts';
import type { LoadOptions } from '../loading/load-options.ts';
import type { Source } from '../loading/source.ts';

/** What a model calls its inputs and outputs. */
export interface Interface {
  /** The session's inputs, by each name that a caller may use. */
  readonly inputs: ReadonlyMap<string, string>;
  /** The session's outputs, by each name that a caller may use. */
  readonly outputs: ReadonlyMap<string, string>;
  /** What else can be computed, unless the caller names it. */
  readonly others: readonly string[];
  /** Whether the model has a node or a layer for a name. */
  readonly isKnown: (name: string) => boolean;
  /** The name that `outputs` or `others` has for one that a caller uses. */
  readonly nameOf: (name: string) => string;
}

/** What one session computes. */
interface Plan {
  readonly session: InferenceSession;
  /** Its outputs, in the order in which they were asked for. */
  readonly names: readonly string[];
}

/** What a model is made of once it is loaded. */
export interface Loaded<I extends Interface> {
  readonly network: Network;
  readonly artifacts: ModelArtifacts;
  readonly main: InferenceSession;
  readonly names: I;
}

function sessionOptions({ session, layers }: LoadOptions, { externalData }: RunnerModel) {
  return { ...session, ...(layers && { layers }), externalData };
}

/** The sessions of a model: one for the outputs that it declares, and one for what else may be asked for. */
export class Network {
  readonly #main: InferenceSession;
  readonly #names: Interface;
  readonly #others: InferenceSession | undefined;
  readonly #otherNames = new Map<string, string>();
  /** Why there is no session for other outputs. */
  readonly #problem: unknown;
  readonly #running = new Set<Promise<unknown>>();
  #isReleased = false;

  private constructor(
    main: InferenceSession,
    names: Interface,
    wanted: readonly string[],
    others: InferenceSession | undefined,
    problem: unknown,
  ) {
    this.#main = main;
    this.#names = names;
    this.#others = others;
    this.#problem = problem;
    for (const [i, name] of wanted.entries()) {
      if (others) this.#otherNames.set(name, others.outputNames[i]!);
    }
  }

  static async load<I extends Interface>(
    source: Source,
    kind: Kind,
    options: LoadOptions,
    describeModel: (artifacts: ModelArtifacts, main: InferenceSession) => I,
  ): Promise<Loaded<I>> {
    const { runner } = source;
    const given = sessionOptions(options, runner);
    const main = await InferenceSession.create(runner.model, given);
    try {
      const artifacts = await source.artifacts();
      assertKind(artifacts, kind);
      const names = describeModel(artifacts, main);
      const network = await Network.#withOthers(main, names, runner, options);
      return { network, artifacts, main, names };
    } catch (error) {
      await main.release();
      throw error;
    }
  }

  static async #withOthers(
    main: InferenceSession,
    names: Interface,
    { model, externalData }: RunnerModel,
    options: LoadOptions,
  ): Promise<Network> {
    const asked = options.outputs?.map(names.nameOf);
    const more = asked ?? names.others;
    const unknown = more.find((name) => !names.isKnown(name));
    if (unknown !== undefined) throw rangeError('option outputs', 'names of the model', unknown);
    if (more.every((name) => names.outputs.has(name)))
      return new Network(main, names, [], undefined, undefined);
    // What the model declares, too: one request may name both.
    const wanted = [...new Set([...names.outputs.keys(), ...more])];
    try {
      const given = { ...sessionOptions(options, { model, externalData }), outputs: wanted, prepare: [] };
      return new Network(main, names, wanted, await InferenceSession.create(model, given), undefined);
    } catch (problem) {
      if (asked) throw problem;
      return new Network(main, names, [], undefined, problem);
    }
  }

  assertInUse(): void {
    if (this.#isReleased) throw released('model');
  }

  /** The session's input for a name that a caller uses; one that is not known stays, for the session to refuse. */
  inputName(name: string): string {
    return this.#names.inputs.get(name) ?? name;
  }

  #plan(wanted: readonly string[]): Plan {
    const keys = wanted.map(this.#names.nameOf);
    const declared = keys.map((key) => this.#names.outputs.get(key));
    if (declared.every((name) => name !== undefined)) return { session: this.#main, names: declared };
    const names = keys.map((key, i) => this.#otherNames.get(key) ?? this.#refuse(key, wanted[i]!));
    return { session: this.#others!, names };
  }

  #refuse(key: string, name: string): never {
    const { isKnown, outputs } = this.#names;
    if (!isKnown(key)) {
      const known = [...outputs.keys()].join(', ');
      throw rangeError('outputs', `names of the model's nodes or layers, such as ${known}`, name);
    }
    const expected = 'names that option outputs of the load function has';
    throw unexpected('ERR_INVALID_ARGUMENT', 'outputs', expected, describe(name), this.#problem);
  }

  /** The tensors of outputs, in the order of their names. */
  runSync(feeds: Readonly<Record<string, Tensor>>, wanted: readonly string[]): Tensor[] {
    this.assertInUse();
    const { session, names } = this.#plan(wanted);
    const results = session.runSync(feeds, [...new Set(names)]);
    return names.map((name) => results[name]!);
  }

  /** Does a call that waits, and keeps the sessions until it has ended. */
  async during<T>(call: () => Promise<T>): Promise<T> {
    this.assertInUse();
    const running = call();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** As `runSync`, while the event loop goes on; inside `during`. */
  async run(feeds: Readonly<Record<string, Tensor>>, wanted: readonly string[]): Promise<Tensor[]> {
    const { session, names } = this.#plan(wanted);
    const results = await session.run(feeds, [...new Set(names)]);
    return names.map((name) => results[name]!);
  }

  /** Refuses later calls; those in flight end, and then all memory is freed. */
  async release(): Promise<void> {
    this.#isReleased = true;
    await Promise.allSettled(this.#running);
    await this.#main.release();
    await this.#others?.release();
  }
}
