import type { S3Client } from '@aws-sdk/client-s3';
import { unexpected, type ZeroskipError } from '@zeroskip/tensor';
import { optionalPackage } from '../optional-package.ts';
import { type Entry, innerName, isInputName, type Storage } from './storage.ts';

type S3 = typeof import('@aws-sdk/client-s3');

function storageError(doing: string, name: string, cause: unknown): ZeroskipError {
  const { message } = cause as Error;
  return unexpected('ERR_STORAGE', name, `a bucket that lets us ${doing}`, message, cause);
}

/** A part of a bucket of S3, or of a server that speaks as it does. */
class Bucket implements Storage {
  readonly location: string;
  readonly #s3: S3;
  readonly #client: S3Client;
  readonly #bucket: string;
  /** Before every name: nothing, or a folder with its `/`. */
  readonly #prefix: string;

  constructor(s3: S3, client: S3Client, bucket: string, prefix: string) {
    this.#s3 = s3;
    this.#client = client;
    this.#bucket = bucket;
    this.#prefix = prefix === '' ? '' : `${prefix}/`;
    this.location = `s3://${bucket}/${prefix}`;
  }

  #at(name: string) {
    return { Bucket: this.#bucket, Key: `${this.#prefix}${name}` };
  }

  async #try<T>(doing: string, name: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      throw storageError(doing, `s3://${this.#bucket}/${this.#prefix}${name}`, cause);
    }
  }

  async *list(): AsyncGenerator<Entry> {
    const pages = this.#s3.paginateListObjectsV2(
      { client: this.#client },
      { Bucket: this.#bucket, Prefix: this.#prefix },
    );
    const iterator = pages[Symbol.asyncIterator]();
    for (;;) {
      const page = await this.#try('list it', '', () => iterator.next());
      if (page.done) return;
      for (const { Key = '', ETag = '', Size = 0 } of page.value.Contents ?? []) {
        if (isInputName(Key)) {
          const name = Key.slice(this.#prefix.length);
          yield { name, version: `${Size}-${ETag}`, stem: innerName(name) };
        }
      }
    }
  }

  async count(): Promise<number> {
    let count = 0;
    for await (const _ of this.list()) count++;
    return count;
  }

  file(name: string): () => Promise<Uint8Array> {
    return () =>
      this.#try('read it', name, async () => {
        const { Body } = await this.#client.send(new this.#s3.GetObjectCommand(this.#at(name)));
        return await Body!.transformToByteArray();
      });
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    const put = new this.#s3.PutObjectCommand({ ...this.#at(name), Body: bytes });
    await this.#try('write it', name, () => this.#client.send(put));
  }

  async size(name: string): Promise<number | undefined> {
    const head = new this.#s3.HeadObjectCommand(this.#at(name));
    return this.#try('look at it', name, () =>
      this.#client.send(head).then(
        ({ ContentLength }) => ContentLength,
        (error: Error) => {
          if (error instanceof this.#s3.S3ServiceException && error.$metadata.httpStatusCode === 404) {
            return undefined;
          }
          throw error;
        },
      ),
    );
  }

  /** A bucket keeps nothing of what was not written whole. */
  async tidy(): Promise<void> {}

  close(): void {
    this.#client.destroy();
  }
}

/**
 * Opens a part of a bucket, with the region, the credentials and the address (`AWS_ENDPOINT_URL`) that the environment
 * has.
 */
export async function openBucket(bucket: string, prefix: string): Promise<Storage> {
  const s3 = await optionalPackage('@aws-sdk/client-s3', 's3://', () => import('@aws-sdk/client-s3'));
  const { AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3 } = process.env;
  // Servers other than Amazon's rarely have a host name for each bucket.
  const forcePathStyle = (AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL) !== undefined;
  return new Bucket(s3, new s3.S3Client({ forcePathStyle }), bucket, prefix);
}
