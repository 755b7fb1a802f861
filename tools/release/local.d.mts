/** A registry on this machine that has packages of this repository, and all else from npm's usual one. */
export interface LocalRegistry {
  readonly url: string;
  /** A hash of what is published there. */
  readonly contents: string;
  stop(): void;
}

/**
 * @param folder where the registry keeps what it needs
 * @param top the package that is to be installed; it and those below it are published as they were built last
 */
export function startLocalRegistry(folder: string, top: string): Promise<LocalRegistry>;
