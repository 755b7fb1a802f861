import { readFileSync } from 'node:fs';
import * as common from 'onnxruntime-common';
import * as node from 'onnxruntime-node';
import { describe, expect, it, vi } from 'vitest';
import * as ours from '../src/index.ts';
import { engineProbes } from './probes/engine.ts';
import { envProbes } from './probes/env.ts';
import { pictureProbes } from './probes/picture.ts';
import { sessionProbes } from './probes/sessions.ts';
import { constructorProbes } from './probes/tensor-constructor.ts';
import { memberProbes } from './probes/tensor-members.ts';
import { differences } from './support/differences.ts';
import { type Api, observe } from './support/observe.ts';

const known = new Set(differences.flatMap(({ probes }) => probes));
const { default: _, listSupportedBackends, ...api } = ours;
const apiProbes = { ...constructorProbes, ...memberProbes, ...sessionProbes, ...envProbes, ...pictureProbes };

// Probes of sessions register backends, so that those of the engine come first.
const compared = [
  ['onnxruntime-node', node, engineProbes],
  ['onnxruntime-common', common, apiProbes],
] as const;

describe.each(compared)('as %s', (_name, theirs, probes) => {
  it.each(Object.entries(probes))('%s', async (name, probe) => {
    vi.spyOn(console, 'warn').mockReturnValue();
    const [there, here] = [await observe(probe, theirs as unknown as Api), await observe(probe, ours)];
    if (known.has(name)) expect(here).not.toEqual(there);
    else expect(here).toEqual(there);
  });
});

describe('differences', () => {
  const page = readFileSync(new URL('../../../docs/migrating.md', import.meta.url), 'utf8');
  const rows = page
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );

  it('are those that docs/migrating.md lists', () => {
    const start = rows.findIndex(([first]) => first === 'what differs');
    const listed = rows.slice(start + 2, start + 2 + differences.length);
    expect(listed).toEqual(differences.map(({ what, there, here }) => [what, there, here]));
    expect(rows[start + 2 + differences.length]?.length).not.toBe(3);
  });

  it('are shown by probes and tests that there are', () => {
    const probes = new Set(compared.flatMap(([, , each]) => Object.keys(each)));
    expect([...known].filter((name) => !probes.has(name))).toEqual([]);
    for (const { what, probes: shown, test } of differences) {
      expect(shown.length > 0 || test !== undefined, what).toBe(true);
      if (test)
        expect(readFileSync(new URL(test, import.meta.url), 'utf8')).toContain(what.replaceAll('`', ''));
    }
  });
});

it('lists the providers that there are', () => {
  expect(listSupportedBackends()).toEqual(
    expect.arrayContaining([
      { name: 'cpu', bundled: true },
      { name: 'wasm', bundled: true },
    ]),
  );
  expect(ours.default).toMatchObject(api);
});
