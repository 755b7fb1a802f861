import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };

const kernels = fileURLToPath(new URL('../..', import.meta.url));
const ids = readdirSync(`${kernels}/npm`);

describe('the platforms of prebuilt addons', () => {
  it('have a folder and an optional dependency each', () => {
    const names = ids.map((id) => `@zeroskip/kernels-${id}`);
    expect(Object.keys(manifest.optionalDependencies).toSorted()).toEqual(names.toSorted());
  });

  it.each(ids)('%s is what its package asks for', (id) => {
    const platform = JSON.parse(readFileSync(`${kernels}/npm/${id}/package.json`, 'utf8'));
    const [system, cpu, musl] = id.split('-');
    expect(platform).toMatchObject({
      name: `@zeroskip/kernels-${id}`,
      version: manifest.version,
      engines: manifest.engines,
      repository: { directory: `packages/kernels/npm/${id}` },
      os: [system],
      cpu: [cpu],
      ...(system === 'linux' && { libc: [musl ?? 'glibc'] }),
      files: ['zeroskip.node'],
    });
    expect(readFileSync(`${kernels}/npm/${id}/README.md`, 'utf8')).toContain(`# ${platform.name}`);
    expect(readFileSync(`${kernels}/src/load-addon.ts`, 'utf8')).toContain(`require('${platform.name}')`);
  });

  it('are not in the tarball of @zeroskip/kernels', () => {
    const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
    const [{ files }] = JSON.parse(execFileSync('npm', args, { cwd: kernels, encoding: 'utf8' }));
    const paths: string[] = files.map(({ path }: { path: string }) => path);
    expect(paths).toContain('native/build.mjs');
    expect(paths.filter((path) => /^(npm|test|scripts|build)\//.test(path))).toEqual([]);
  });
});
