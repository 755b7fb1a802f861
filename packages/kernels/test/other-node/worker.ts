import { beforeEach } from 'vitest';

// A slow worker that never yields between synchronous tests would miss the answers of vitest's main process.
beforeEach(() => new Promise<void>((resolve) => setImmediate(resolve)));
