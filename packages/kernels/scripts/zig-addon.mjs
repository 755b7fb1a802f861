// Builds the addon that is published for a platform, by the zig of npm, on Linux on x64.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { highwayHeaders, Objects, zig } from '../../../scripts/zig.mjs';
import { commonSources, targetSources, targets } from '../native/gyp.mjs';
import { cacheFolder, kernels } from './variant.mjs';

const require = createRequire(import.meta.url);
const { include_dir: headers, symbols } = require('node-api-headers');

const [X64, ARM64] = [
  ['native', 'x64', 'x64_rest'],
  ['native', 'arm64'],
];
const SHARED_OBJECT = [
  ...['-Wl,--gc-sections', '-Wl,-z,nodelete'],
  `-Wl,--version-script=${join(kernels, 'native', 'exports.map')}`,
];
/** On Windows, the source of what finds Node-API; the names of its functions are written to `folder`. */
function findNodeApi(folder) {
  const { js_native_api_symbols: ofLanguage, node_api_symbols: ofNode } = symbols.v8;
  const names = [...ofLanguage, ...ofNode].map((name) => `X(${name})`);
  writeFileSync(join(folder, 'node-api-names.inc'), `#define NAMES(X) ${names.join(' ')}\n`);
  return fileURLToPath(new URL('foreign/node-api.c', import.meta.url));
}

/** zig's name for each platform, with the oldest glibc that it asks for; the rows of targets.inc; how it is linked. */
const BUILDS = {
  'linux-x64': { target: 'x86_64-linux-gnu.2.28', where: X64, link: SHARED_OBJECT },
  'linux-x64-musl': {
    ...{ target: 'x86_64-linux-musl', where: X64, compile: ['-fPIC'] },
    link: [...SHARED_OBJECT, '-dynamic'],
  },
  'linux-arm64': { target: 'aarch64-linux-gnu.2.28', where: ARM64, link: SHARED_OBJECT },
  'win32-x64': { target: 'x86_64-windows-gnu', where: X64, link: ['-Wl,--gc-sections'], findNodeApi },
};

/** Names of processors, as zig has them. */
const ZIG_FLAGS = {
  '-march=skylake-avx512': '-march=skylake_avx512',
  '-march=armv8-a+crypto': '-march=generic+crypto',
};
const COMMON = [
  ...['-c', '-g0', '-DNDEBUG', '-Wall', '-Wextra', '-fvisibility=hidden'],
  ...['-fno-math-errno', '-ffp-contract=off', '-fno-sanitize=undefined', '-ffunction-sections'],
  ...['-fdata-sections', '-I', join(kernels, 'native')],
];
const ADDON = [
  ...['-DNAPI_VERSION=8', '-DNAPI_CPP_EXCEPTIONS', '-DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS'],
  ...['-isystem', dirname(require.resolve('node-addon-api'))],
  ...['-isystem', headers],
];

/** The addon for a platform, stripped. */
export async function buildWithZig(id) {
  console.log(`Building the addon (${id}) …`);
  const { target, where, compile = [], link, findNodeApi } = BUILDS[id];
  const folder = cacheFolder(id);
  const objects = new Objects(folder);
  const object = (group, source, own, compiler = ['c++', '-std=c++20']) =>
    objects.of(group, source, [...compiler, '-target', target, ...COMMON, ...compile, ...own]);
  const highway = ['-isystem', highwayHeaders(folder)];
  const inputs = [
    // The plainest target first: of an inline function that several targets emit, the linker keeps the first.
    ...targets
      .filter((row) => where.includes(row.where))
      .flatMap(({ name, bytes, flags, code }) =>
        targetSources({ name, code }).map((source) =>
          object(name, join(kernels, source), [
            // Processors that have nothing better are not worth their space.
            name === 'scalar' ? '-Os' : '-O3',
            ...[...highway, ...flags.map((flag) => ZIG_FLAGS[flag] ?? flag)],
            ...[`-DZS_TARGET=${name}`, `-DZS_VECTOR_BYTES=${bytes}`],
            `-DHWY_COMPILE_ONLY_${name === 'scalar' ? 'SCALAR' : 'STATIC'}`,
          ]),
        ),
      ),
    ...commonSources().map((source) => object('common', join(kernels, source), ['-Os', ...ADDON])),
  ];
  if (findNodeApi) inputs.push(object('common', findNodeApi(folder), ['-Os', '-I', folder], ['cc']));
  await objects.compileAll();
  const addon = join(folder, 'zeroskip.node');
  zig(['c++', '-target', target, '-shared', '-s', '-O3', ...link, ...inputs, '-o', addon]);
  return addon;
}
