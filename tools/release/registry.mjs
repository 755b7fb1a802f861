import { spawn } from 'node:child_process';
import { mkdirSync, openSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ask, SetupError } from '../../scripts/processes.mjs';
import { run } from './run.mjs';

const verdaccio = fileURLToPath(new URL('node_modules/verdaccio/bin/verdaccio', import.meta.url));

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A registry on this machine: what is published stays there, all else comes from npm's usual one. */
export async function startRegistry(folder) {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const url = `http://localhost:${port}/`;
  const config = {
    storage: join(folder, 'storage'),
    auth: { htpasswd: { file: join(folder, 'htpasswd') } },
    uplinks: { npm: { url: ask('npm', ['config', 'get', 'registry']) } },
    packages: {
      '@zeroskip/*': { access: '$all', publish: '$all' },
      '**': { access: '$all', proxy: 'npm' },
    },
    web: { enable: false },
    log: { type: 'stdout', level: 'warn' },
  };
  writeFileSync(join(folder, 'config.yaml'), JSON.stringify(config));
  const npmrc = join(folder, 'npmrc');
  // npm asks for a token before it publishes; this registry takes any.
  writeFileSync(
    npmrc,
    `registry=${url}\n//localhost:${port}/:_authToken=any\nupdate-notifier=false\naudit=false\nfund=false\n`,
  );
  const log = openSync(join(folder, 'log'), 'w');
  const server = spawn(
    process.execPath,
    [verdaccio, '--config', join(folder, 'config.yaml'), '--listen', `localhost:${port}`],
    {
      stdio: ['ignore', log, log],
    },
  );
  const deadline = Date.now() + 60_000;
  while (!(await fetch(`${url}-/ping`).catch(() => undefined))?.ok) {
    if (Date.now() > deadline || server.exitCode !== null)
      throw new SetupError(`The registry did not start: see ${folder}/log.`);
    await setTimeout(200);
  }
  const cache = join(folder, 'cache');
  return {
    url,
    npmrc,
    cache,
    publish(file) {
      run('npm', ['publish', file, '--access', 'public'], {
        env: {
          ...process.env,
          npm_config_userconfig: npmrc,
          npm_config_registry: url,
          npm_config_cache: cache,
        },
      });
    },
    stop: () => server.kill(),
  };
}
