import { defineConfig } from 'vitest/config';

// Tests run on sources: the condition resolves workspace packages to src/, never to a stale dist/.
// They are also Node's own in the workers: with "import" there, require() would find ES modules.
const conditions = ['@zeroskip/source', 'node'];
// So do the worker threads that they start.
const threads = new URL('packages/test-utils/src/threads/register.mjs', import.meta.url).href;

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      'packages/*/test/**/*.test.ts',
      'apps/*/test/**/*.test.ts',
      'bench/test/**/*.test.ts',
      'examples/test/**/*.test.ts',
      'tools/*/test/**/*.test.ts',
    ],
    pool: 'forks',
    poolOptions: { forks: { execArgv: ['--import', threads] } },
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
