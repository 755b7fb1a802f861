import type { Tensor } from '@zeroskip/tensor';
import { float32, graphProto, int64, type Message, node, valueInfo } from '../../../support/onnx.ts';

/** Ends the names of values before a detour. */
const BEFORE = '.before';

/** What control flow is made with. */
export interface FlowParts {
  readonly nodes: readonly Message[];
  /** A float32 input of the model. */
  readonly input: string;
  /** Adds a constant, and gives its name. */
  constant(name: string, tensor: Tensor): string;
}

const outputsOf = ({ output }: Message) => output as string[];
const inputsOf = ({ input }: Message) => input as string[];

/** Nodes that give a value that is true, or zero, and that nothing but a run can tell. */
function computed({ input, constant }: FlowParts, wanted: 'true' | 'zero', name: string): Message[] {
  const far = constant(`${name}.far`, float32([], [1e30]));
  const kept = [node('Flatten', [input], [`${name}.flat`], { axis: 0 })];
  const most = [node('ReduceMax', [`${name}.flat`], [`${name}.most`], { keepdims: 0 })];
  const compare = node(wanted === 'true' ? 'Less' : 'Greater', [`${name}.most`, far], [`${name}.bool`]);
  const cast = node('Cast', [`${name}.bool`], [name], { to: wanted === 'true' ? 9 : 7 });
  return [...kept, ...most, compare, cast];
}

/** Ways around for one value that give it again, with types that are known in a run alone. */
const detours: readonly ((parts: FlowParts, from: string, to: string) => Message[])[] = [
  ({ constant }, from, to) => [
    node('SequenceConstruct', [from, from], [`${to}.sequence`]),
    node('SequenceAt', [`${to}.sequence`, constant(`${to}.at`, int64([-1], []))], [to]),
  ],
  (parts, from, to) => [
    ...computed(parts, 'zero', `${to}.zero`),
    node('Shape', [from], [`${to}.dims`]),
    node('Add', [`${to}.dims`, `${to}.zero`], [`${to}.shape`]),
    node('Reshape', [from, `${to}.shape`], [to]),
  ],
  (parts, from, to) => [
    ...computed(parts, 'true', `${to}.true`),
    node('If', [`${to}.true`], [to], {
      then_branch: { graph: passing(from, `${to}.then`) },
      else_branch: { graph: passing(parts.input, `${to}.else`) },
    }),
  ],
];

const passing = (from: string, to: string) =>
  graphProto({ nodes: [node('Identity', [from], [to])], outputs: [{ name: to }] });

/** The nodes with a detour for output `value`. */
export function withDetour(parts: FlowParts, value: string, which: number): readonly Message[] {
  const detour = detours[which % detours.length]!;
  const before = `${value}${BEFORE}`;
  return parts.nodes.flatMap((each) => {
    const outputs = outputsOf(each);
    if (!outputs.includes(value)) return [each];
    const renamed = outputs.map((name) => (name === value ? before : name));
    return [{ ...each, output: renamed }, ...detour(parts, before, value)];
  });
}

/** The nodes with those from `from` to `to` inside a loop that runs `trips` times, the results being the last ones. */
export function inLoop(
  { nodes, input, constant }: FlowParts,
  outputs: ReadonlySet<string>,
  [from, to]: readonly [number, number],
  trips: number,
): readonly Message[] {
  const [inner, outer] = [nodes.slice(from, to), [...nodes.slice(0, from), ...nodes.slice(to)]];
  const produced = new Set(inner.flatMap(outputsOf));
  const read = new Set([...outputs, ...outer.flatMap(inputsOf)]);
  const results = [...produced].filter((name) => read.has(name));
  if (results.length === 0) return nodes;
  const renamed = (name: string) => (produced.has(name) ? `${name}.body` : name);
  const body = graphProto({
    nodes: [
      ...inner.map((each) => ({
        ...each,
        input: inputsOf(each).map(renamed),
        output: outputsOf(each).map(renamed),
      })),
      node('Identity', ['loop.go'], ['loop.goes']),
    ],
    inputs: [
      valueInfo('loop.trip', 'int64', []),
      valueInfo('loop.go', 'bool', []),
      ...results.map((name) => ({ name: `${name}.state` })),
    ],
    outputs: ['loop.goes', ...results.map(renamed)].map((name) => ({ name })),
  });
  const states = results.map(() => input);
  const loop = node('Loop', [constant('loop.trips', int64([trips], [])), '', ...states], results, {
    body: { graph: body },
  });
  return [...nodes.slice(0, from), loop, ...nodes.slice(to)];
}
