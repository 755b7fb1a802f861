export { instantiateNapiModuleSync } from '@emnapi/core';
export { createContext } from '@emnapi/runtime';
