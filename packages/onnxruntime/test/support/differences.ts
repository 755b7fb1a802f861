/** A way in which this package is not onnxruntime 1.30. */
export interface Difference {
  readonly what: string;
  readonly there: string;
  readonly here: string;
  /** Names of the probes that show it. */
  readonly probes: readonly string[];
  /** The test that shows it where no probe can. */
  readonly test?: string;
}

/** All that is known; docs/migrating.md has the same rows. */
export const differences: readonly Difference[] = [
  {
    what: 'exports',
    there: '`listSupportedBackends` of -node, `default` of -web',
    here: 'all of them in each',
    probes: ['exports'],
  },
  {
    what: '`env.versions`',
    there: '`web` of -web, `node` of -node',
    here: 'in Node `node` in each, so that no client fetches WebAssembly',
    probes: ['env.versions'],
  },
  {
    what: 'execution provider `wasm`',
    there: 'not in -node',
    here: 'this engine, as `cpu` is',
    probes: ['session option {"executionProviders":["wasm"]}'],
  },
  {
    what: 'messages of errors',
    there: 'texts of onnxruntime, no codes',
    here: 'what was expected and received, with a `code`',
    probes: [],
    test: 'engine.test.ts',
  },
  {
    what: 'errors for feeds, and for tensors to fill, that do not fit',
    there: '`Error`; `TypeError` or `RangeError` for their location',
    here: '`TypeError` or `RangeError`; `Error` for their location',
    probes: [
      'a feed with too few data',
      'a feed of another type',
      'a feed of other dims',
      'a feed of another rank',
      'a disposed feed',
      'a feed in a texture',
      'a tensor of other dims to fill',
      'a tensor of another type to fill',
    ],
  },
  {
    what: 'feeds that are pinned, or only look like tensors',
    there: 'refused without a location `cpu` and typed data',
    here: 'taken',
    probes: ['a feed without a location', 'a feed with an array for data', 'a pinned feed'],
  },
  {
    what: 'a tensor given for an output',
    there: 'filled; the result is a copy',
    here: 'filled; it is the result',
    probes: ['a tensor to fill is what the run gives'],
  },
  {
    what: 'run option `terminate`',
    there: 'not read by -node',
    here: 'refuses the run, as in -web',
    probes: ['run option {"terminate":true}'],
  },
  {
    what: '`freeDimensionOverrides`',
    there: 'not read by -node',
    here: 'fixes dims, as in -web; sizes are checked',
    probes: [
      'freeDimensionOverrides in the metadata',
      'session option {"freeDimensionOverrides":{"H":-1}}',
      'session option {"freeDimensionOverrides":{"H":"4"}}',
      'session option {"freeDimensionOverrides":1}',
    ],
  },
  {
    what: 'options that are `undefined`',
    there: '`TypeError` of -node',
    here: 'as if they were not there, as in -web',
    probes: ['undefined for a session option', 'undefined for a run option'],
  },
  {
    what: '`profileFilePrefix`',
    there: 'needed with `enableProfiling`, not checked without',
    here: '`onnxruntime_profile` where it is absent; a string',
    probes: ['session option {"profileFilePrefix":1}'],
    test: 'profile.test.ts',
  },
  {
    what: 'the file of `enableProfiling`',
    there: "onnxruntime's nodes and memory",
    here: 'layers of this engine, with algorithm and density; an error where it cannot be written',
    probes: [],
    test: 'profile.test.ts',
  },
  {
    what: '`optimizedModelFilePath`',
    there: 'writes the optimized model',
    here: 'writes nothing, and warns',
    probes: [],
    test: 'engine.test.ts',
  },
  {
    what: 'models and external data by URL',
    there: 'fetched by -web in browsers',
    here: 'fetched: `http:`, `https:`, `file:`, `data:`, `blob:`',
    probes: [],
    test: 'sources.test.ts',
  },
  {
    what: 'external data through links, or outside the folder of the model',
    there: 'links are read',
    here: 'neither; links with `extra: { zeroskip: { followLinks: true } }`',
    probes: [],
    test: 'sources.test.ts',
  },
  {
    what: '`data` of tensors',
    there: 'a field until 1.15, an accessor of the class since',
    here: 'an accessor of each tensor, for packages that copy its fields',
    probes: ['keys of a tensor', 'tensor as JSON', 'copied fields of a tensor'],
  },
  {
    what: 'subclasses of typed arrays (`Buffer`), and arrays of other realms (Jest), without a type',
    there: '`TypeError`',
    here: 'taken',
    probes: ['new Tensor(Buffer)', 'new Tensor(subclass of Float32Array)'],
  },
  {
    what: 'pictures without a canvas',
    there: '`Error`',
    here: '`fromImage` takes paths, URLs, bytes (by `sharp`) and pixels; `toImageData` and `toDataURL` work',
    probes: [
      'fromImage(pixels) without ImageData',
      'toImageData without a canvas',
      'toDataURL in a worker',
      'toDataURL without a canvas',
    ],
    test: 'pictures.test.ts',
  },
  {
    what: 'options of pictures that are absent although they may be',
    there: '`TypeError` for `norm` without `bias`, `Error` for `toImageData` without `format`',
    here: 'the documented defaults',
    probes: ['fromImage(ImageData), norm without bias', 'toImageData({})'],
  },
];
