/** Times one model in a process of its own, and sends the result to the process that started it. */
import { measureModel } from './measure.ts';
import { tensorFlowModels } from './models.ts';

const [name, threads, ms] = process.argv.slice(2) as [string, string, string];
const model = (await tensorFlowModels(name)).find((each) => each.name === name)!;
const result = await measureModel(model, Number(threads), Number(ms)).catch((error: Error) => ({
  problem: error.message.split('\n')[0]!,
}));
process.send!(result, undefined, undefined, () => process.exit(0));
