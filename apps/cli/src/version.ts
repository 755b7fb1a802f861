import manifest from '../package.json' with { type: 'json' };

/** The version that all Zeroskip packages share. */
export const version: string = manifest.version;
