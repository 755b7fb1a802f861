/** The minified builds: what bundlers make of the others is larger. */
export { instantiateNapiModuleSync } from '@emnapi/core/dist/emnapi-core.min.mjs';
export { createContext } from '@emnapi/runtime/dist/emnapi.min.mjs';
