// Lists the licences of everything that the published packages depend on; fails on those that reach into users'
// programs.
import { published } from '../tools/release/published.mjs';
import { ask, main, pnpm, SetupError } from './processes.mjs';

const REFUSED = /(^|[^L])GPL/;

main(() => {
  const [command, ...args] = pnpm();
  const filters = published.flatMap(({ name }) => ['--filter', name]);
  const output = ask(command, [...args, ...filters, 'licenses', 'list', '--prod', '--json']);
  if (output === undefined) throw new SetupError('pnpm cannot list the licences: run "npm test" first.');
  const rows = Object.entries(JSON.parse(output)).flatMap(([licence, entries]) =>
    entries.map(({ name, versions }) => ({ licence, package: name, versions: versions.join(', ') })),
  );
  console.table(rows);
  const refused = rows.filter(({ licence }) => REFUSED.test(licence) || licence === 'Unknown');
  if (refused.length > 0)
    throw new SetupError(`Expected no GPL, received ${refused.map((row) => row.package).join(', ')}.`);
});
