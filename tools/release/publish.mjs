// Publishes each package whose version the registry does not have, and tags it: see docs/releasing.md.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, main, root, show } from '../../scripts/processes.mjs';
import { pack } from './pack.mjs';
import { published } from './published.mjs';
import { run } from './run.mjs';

main(() => {
  const folder = mkdtempSync(join(tmpdir(), 'zeroskip-publish-'));
  try {
    for (const { name, folder: path } of published) {
      const { version } = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'));
      if (ask('npm', ['view', `${name}@${version}`, 'version'])) continue;
      run('npm', ['publish', pack(join(root, path), folder), '--access', 'public'], { stdio: 'inherit' });
      console.log(`New tag: ${name}@${version}`);
    }
    return show(join(root, 'node_modules', '.bin', 'changeset'), ['tag']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
