import { algorithms } from '../../src/index.ts';

/** An algorithm with its default parameters, or with another value for one of them. */
export interface Configuration {
  readonly name: string;
  readonly algorithm: string;
  readonly parameters: Readonly<Record<string, number>>;
}

export function configurations(): Configuration[] {
  return algorithms().flatMap(({ id, parameters }) => [
    { name: id, algorithm: id, parameters: {} },
    ...parameters.flatMap(({ name, choices }) =>
      choices.map((choice) => ({
        name: `${id} ${name}=${choice}`,
        algorithm: id,
        parameters: { [name]: choice },
      })),
    ),
  ]);
}
