import { createServer, type Server } from 'node:http';
import { unexpected } from '@zeroskip/tensor';
import type { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { FileOutcome } from '../batch/outcome.ts';
import { optionalPackage } from '../optional-package.ts';

/** Jobs of a queue, by state. */
export type JobCounts = Readonly<Record<string, number>>;

/** Seconds of a file, from a small network's to a large one's on a busy core. */
const SECONDS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30];

/** What a worker has done, for Prometheus. */
export class Metrics {
  readonly registry: Registry;
  readonly #files: Counter<'outcome'>;
  readonly #seconds: Histogram;
  readonly #jobs: Counter<'outcome'>;

  private constructor(
    registry: Registry,
    files: Counter<'outcome'>,
    seconds: Histogram,
    jobs: Counter<'outcome'>,
  ) {
    this.registry = registry;
    this.#files = files;
    this.#seconds = seconds;
    this.#jobs = jobs;
  }

  /** @param countJobs asked whenever the metrics are read */
  static async create(countJobs: () => Promise<JobCounts>): Promise<Metrics> {
    const prom = await optionalPackage('prom-client', '--status-port', () => import('prom-client'));
    const registry = new prom.Registry();
    prom.collectDefaultMetrics({ register: registry });
    const registers = [registry];
    const outcome = { labelNames: ['outcome'] as const, registers };
    const queued = { labelNames: ['state'] as const, registers };
    new prom.Gauge({
      name: 'zeroskip_queue_jobs',
      help: 'Jobs of the queue',
      ...queued,
      async collect(this: Gauge<'state'>) {
        for (const [state, count] of Object.entries(await countJobs())) this.set({ state }, count);
      },
    });
    return new Metrics(
      registry,
      new prom.Counter({ name: 'zeroskip_files_total', help: 'Files by outcome', ...outcome }),
      new prom.Histogram({
        name: 'zeroskip_file_seconds',
        help: 'From reading a file to the end of its result',
        buckets: SECONDS,
        registers,
      }),
      new prom.Counter({ name: 'zeroskip_jobs_total', help: 'Jobs by outcome', ...outcome }),
    );
  }

  file({ failure, ms }: FileOutcome): void {
    this.#files.inc({ outcome: failure ? 'failed' : 'done' });
    if (!failure) this.#seconds.observe(ms / 1000);
  }

  job(outcome: 'done' | 'failed' | 'returned'): void {
    this.#jobs.inc({ outcome });
  }
}

/**
 * Answers `/metrics`, `/healthz` (the process answers) and `/readyz` (it takes jobs).
 * @param port 0 for any that is free
 */
export async function serveStatus(port: number, metrics: Metrics, isReady: () => boolean): Promise<Server> {
  const pages: Record<string, () => Promise<readonly [status: number, text: string]>> = {
    '/metrics': async () => [200, await metrics.registry.metrics()],
    '/healthz': async () => [200, 'ok\n'],
    '/readyz': async () => (isReady() ? [200, 'ready\n'] : [503, 'not ready\n']),
  };
  const server = createServer((request, response) => {
    const [pathname = ''] = (request.url ?? '').split('?');
    const page = Object.hasOwn(pages, pathname)
      ? pages[pathname]!
      : async () => [404, 'not found\n'] as const;
    page()
      .catch((error: Error) => [500, `${error.message}\n`] as const)
      .then(([status, text]) => {
        const type = pathname === '/metrics' && status === 200 ? metrics.registry.contentType : 'text/plain';
        response.writeHead(status, { 'content-type': type }).end(text);
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, resolve);
  }).catch((cause: Error) => {
    throw unexpected(
      'ERR_INVALID_ARGUMENT',
      '--status-port',
      'a free port',
      `${port} (${cause.message})`,
      cause,
    );
  });
  return server;
}
