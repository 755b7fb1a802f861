import { rangeError } from '@zeroskip/tensor';
import { openBucket } from './bucket.ts';
import { Folder } from './folder.ts';
import type { Storage } from './storage.ts';

const BUCKET = /^s3:\/\/([^/]+)(?:\/(.*))?$/;

/**
 * Opens a folder, or `s3://bucket/folder`.
 * @throws with code `ERR_MISSING_PACKAGE` for a bucket without the package that reads it
 */
export async function openStorage(location: string): Promise<Storage> {
  const [, bucket, prefix = ''] = BUCKET.exec(location) ?? [];
  if (bucket !== undefined) return openBucket(bucket, prefix.replace(/\/+$/, ''));
  if (location.startsWith('s3:')) throw rangeError('a bucket', 's3://<bucket>/<folder>', location);
  return new Folder(location);
}
