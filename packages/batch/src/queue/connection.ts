import { unexpected } from '@zeroskip/tensor';
import type { Redis } from 'ioredis';
import { optionalPackage } from '../optional-package.ts';

/** BullMQ, which is loaded when a queue is used. */
export function loadBullMq(): Promise<typeof import('bullmq')> {
  return optionalPackage('bullmq', '--queue', () => import('bullmq'));
}

/** Without a password. */
function shown(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//');
}

/**
 * Connects to Redis, or what speaks as it does. A connection that is lost later is made again.
 * @param onState called with a sentence when the connection is lost, and when it is there again
 * @throws with code `ERR_QUEUE` where nobody answers, `ERR_MISSING_PACKAGE` without the client
 */
export async function connect(url: string, onState: (text: string) => void): Promise<Redis> {
  const { Redis } = await optionalPackage('ioredis', '--queue', () => import('ioredis'));
  const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: null });
  let isConnected = false;
  let isLost = false;
  let reason = 'closed';
  redis.on('error', (error: Error) => {
    reason = error.message;
  });
  redis.on('reconnecting', () => {
    if (isConnected && !isLost)
      onState(`The connection to ${shown(url)} is lost (${reason}); it is tried again.`);
    isLost = isConnected;
  });
  redis.on('ready', () => {
    if (isLost) onState(`The connection to ${shown(url)} is there again.`);
    isConnected = true;
    isLost = false;
  });
  try {
    await redis.connect();
  } catch (cause) {
    redis.disconnect();
    throw unexpected('ERR_QUEUE', '--queue', `a Redis server at ${shown(url)}`, reason, cause);
  }
  return redis;
}
