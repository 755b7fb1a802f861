import { innerGraph, type Message, node } from '../../../support/onnx.ts';

/** Ends the names of values inside a branch. */
export const INNER = '.inner';

interface Parts {
  readonly nodes: readonly Message[];
  /** Values that must keep their names. */
  readonly outputs: ReadonlySet<string>;
  readonly input: string;
}

const inputsOf = ({ input }: Message) => input as string[];
const outputsOf = ({ output }: Message) => output as string[];

/**
 * The nodes with those from `from` to `to` inside the branch of an If that `condition` takes; the other branch is
 * wrong.
 */
export function inBranch(
  { nodes, outputs, input }: Parts,
  from: number,
  to: number,
  condition: string,
  takes: boolean,
): Message[] {
  const [inner, outer] = [nodes.slice(from, to), [...nodes.slice(0, from), ...nodes.slice(to)]];
  const produced = new Set(inner.flatMap(outputsOf));
  const read = new Set([...outputs, ...outer.flatMap(inputsOf)]);
  const results = [...produced].filter((name) => read.has(name));
  const renamed = (name: string) => (produced.has(name) ? `${name}${INNER}` : name);
  const taken = innerGraph(
    inner.map((each) => ({
      ...each,
      input: inputsOf(each).map(renamed),
      output: outputsOf(each).map(renamed),
    })),
    results.map(renamed),
  );
  const wrong = innerGraph(
    results.map((name) => node('Identity', [input], [`${name}.wrong`])),
    results.map((name) => `${name}.wrong`),
  );
  if (results.length === 0) return [...nodes];
  const branches = {
    then_branch: { graph: takes ? taken : wrong },
    else_branch: { graph: takes ? wrong : taken },
  };
  return [...nodes.slice(0, from), node('If', [condition], results, branches), ...nodes.slice(to)];
}
