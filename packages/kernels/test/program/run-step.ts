import { type ElementwiseInstruction, Program, type Step, type View } from '../../src/index.ts';

export function elementwise(inputs: View[], code: ElementwiseInstruction[], output: View): Step {
  return { op: 'elementwise', inputs, code, output };
}

/** The values of `output` after a step on an arena that begins with `values`. */
export async function runStep(step: Step, values: Float32Array, output: View, constants?: Float32Array) {
  const program = new Program([step], constants);
  const run = program.createRun(Math.max(program.arenaFloats, values.length));
  run.write(0, values);
  await run.execute({ threads: 2 });
  const result = run.readView(output);
  run.release();
  program.release();
  return [...result];
}
