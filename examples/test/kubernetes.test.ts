import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';

const documents = (name: string) =>
  parseAllDocuments(readFileSync(new URL(`../kubernetes/${name}`, import.meta.url), 'utf8')).map(
    (document) => {
      expect(document.errors).toEqual([]);
      return document.toJS();
    },
  );

/** What "zeroskip worker --help" has, as docs/cli.md shows it. */
const help = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
const [, workerHelp = ''] = /## zeroskip worker\n\n```text\n(.*?)```/s.exec(help) ?? [];

describe('examples/kubernetes', () => {
  const [deployment] = documents('worker.yaml');
  const [authentication, scaler] = documents('scaler.yaml');
  const { template } = deployment.spec;
  const [container] = template.spec.containers;
  const value = (option: string) => container.args[container.args.indexOf(option) + 1];

  it('starts workers by options that there are', () => {
    expect(deployment).toMatchObject({ apiVersion: 'apps/v1', kind: 'Deployment' });
    expect(deployment.spec.selector.matchLabels).toEqual(template.metadata.labels);
    const [command, ...args] = container.args;
    expect(command).toBe('worker');
    for (const option of args.filter((word: string) => word.startsWith('--'))) {
      expect(workerHelp).toContain(`${option} <`);
    }
    expect(value('--threads')).toBe(container.resources.limits.cpu);
  });

  it('looks at the port that they open, where they answer', () => {
    const port = Number(value('--status-port'));
    expect(container.ports).toEqual([{ name: 'status', containerPort: port }]);
    expect(template.metadata.annotations['prometheus.io/port']).toBe(String(port));
    expect(container.livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'status' });
    expect(container.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'status' });
  });

  it('mounts what it names', () => {
    const volumes = template.spec.volumes.map(({ name }: { name: string }) => name);
    expect(container.volumeMounts.map(({ name }: { name: string }) => name)).toEqual(volumes);
  });

  it('scales these workers, by the lists of their queue', () => {
    expect(scaler).toMatchObject({ apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject' });
    expect(scaler.spec.scaleTargetRef).toEqual({ name: deployment.metadata.name });
    const lists = scaler.spec.triggers.map(
      ({ metadata }: { metadata: { listName: string } }) => metadata.listName,
    );
    const queue = value('--queue-name');
    expect(lists).toEqual([`bull:${queue}:wait`, `bull:${queue}:active`]);
    for (const { authenticationRef } of scaler.spec.triggers) {
      expect(authenticationRef).toEqual({ name: authentication.metadata.name });
    }
  });
});
