/** Measures one network in a process of its own, and sends the result to the process that started it. */
import { measureZoo } from './measure.ts';
import { zooModels } from './model.ts';

const [name, threads, ms] = process.argv.slice(2) as [string, string, string];
const model = (await zooModels(name)).find((each) => each.name === name)!;
const result = await measureZoo(model, Number(threads), Number(ms)).catch((error: Error) => ({
  problem: error.message.split('\n')[0]!,
}));
process.send!(result, undefined, undefined, () => process.exit(0));
