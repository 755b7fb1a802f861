/**
 * Installs packages that use onnxruntime, unmodified, with it and with Zeroskip in its place, and compares what they
 * answer and how long they take.
 *
 *     node dist/clients/main.js [--only <part of a name>] [--runs <number>] [--write]
 */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { startLocalRegistry } from '@zeroskip/release/local';
import { cache } from '../cache.ts';
import type { Client } from './client.ts';
import { prepareInputs } from './inputs.ts';
import { measureClient, type Row } from './measure.ts';
import { clientsPage } from './page.ts';
import { installProject } from './project.ts';
import { clientsTable } from './table.ts';

const bench = fileURLToPath(new URL('../..', import.meta.url));
const program = fileURLToPath(new URL('./child.js', import.meta.url));

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    runs: { type: 'string', default: '5' },
    write: { type: 'boolean', default: false },
  },
});
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1)
  throw new RangeError(`Expected a whole number from 1 for --runs, received ${values.runs}.`);

const jobs = join(bench, 'clients');
const files = (await readdir(jobs)).filter((file) => file.includes(values.only));
if (files.length === 0) throw new RangeError(`Expected part of a name in ${jobs}, received ${values.only}.`);

const home = join(cache, 'clients');
const inputs = await prepareInputs(join(home, 'inputs'));
const folder = await mkdtemp(join(tmpdir(), 'zeroskip-clients-'));
const rows: Row[] = [];
const registry = await startLocalRegistry(folder, '@zeroskip/onnxruntime');
try {
  for (const file of files) {
    const job = join(jobs, file);
    const { client }: { readonly client: Client } = await import(pathToFileURL(job).href);
    console.error(`${client.name} …`);
    const at = (engine: string) => join(home, file.replace('.mjs', ''), engine);
    const projects = {
      onnxruntime: await installProject(at('onnxruntime'), client, job),
      zeroskip: await installProject(at('zeroskip'), client, job, registry),
    };
    const measured = await measureClient(program, client, projects, inputs, runs);
    console.error(clientsTable(measured));
    rows.push(...measured);
  }
} finally {
  registry.stop();
  await rm(folder, { recursive: true, force: true });
}
const table = clientsTable(rows);
console.log(table);
if (values.write) await writeFile(join(bench, '..', 'docs', 'clients.md'), clientsPage(table, runs));
if (rows.some(({ problem }) => problem !== undefined)) process.exitCode = 1;
