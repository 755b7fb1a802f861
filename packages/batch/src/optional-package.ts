import { ZeroskipError } from '@zeroskip/tensor';

/**
 * Loads a package that only some need.
 * @param load imports it, as a literal that bundlers can follow
 * @throws with code `ERR_MISSING_PACKAGE` where it is not installed
 */
export async function optionalPackage<T>(name: string, what: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw cause;
    const expected = `the package ${name}`;
    const received = 'an installation without it';
    throw new ZeroskipError(
      `Expected ${expected} for ${what}, received ${received}: run "npm install ${name}".`,
      { code: 'ERR_MISSING_PACKAGE', expected, received, cause },
    );
  }
}
