// Compiles the sources of @zeroskip/kernels to WebAssembly with the zig that npm has: four modules, for one thread or
// several (shared memory), without and with relaxed SIMD (multiply-adds in one instruction).
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main } from '../../../scripts/processes.mjs';
import { highwayHeaders, library, Objects, zig } from '../../../scripts/zig.mjs';
import { commonSources, targetSources, targets } from '../../kernels/native/gyp.mjs';

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('..', import.meta.url));
const kernels = join(root, '..', 'kernels');
const build = join(root, 'build');
const modules = join(root, 'wasm');
const emnapi = dirname(require.resolve('emnapi/package.json'));
const nodeAddonApi = dirname(require.resolve('node-addon-api/package.json'));

/** What libc++ and its users are compiled with; its threads are those of native/__external_threading. */
const LIBRARY_DEFINES = [
  '_LIBCPP_HAS_MUSL_LIBC',
  '_LIBCPP_DISABLE_VISIBILITY_ANNOTATIONS',
  '_LIBCPP_HAS_NO_VENDOR_AVAILABILITY_ANNOTATIONS',
  '_LIBCXXABI_DISABLE_VISIBILITY_ANNOTATIONS',
  '_LIBCPP_HAS_THREAD_API_EXTERNAL',
  '_LIBCPP_PSTL_BACKEND_SERIAL',
  '_LIBCPP_ABI_VERSION=1',
  '_LIBCPP_ABI_NAMESPACE=__1',
  '_LIBCPP_HARDENING_MODE=_LIBCPP_HARDENING_MODE_NONE',
];
const system = (...folders) => folders.flatMap((folder) => ['-isystem', folder]);
const COMMON = [
  ...['clang', '--target=wasm32-wasi', '-c', '-nostdinc', '-fno-math-errno', '-ffp-contract=off'],
  ...['-fvisibility=hidden', '-ffunction-sections', '-fdata-sections', '-fwasm-exceptions'],
];
const C_HEADERS = system(
  ...[join(library, 'include'), join(library, 'libc', 'include', 'wasm-wasi-musl')],
  join(library, 'libc', 'include', 'generic-musl'),
);
/** Kernels are for speed; what is around them is for size, which pages load. */
const [FAST, SMALL] = ['-O3', '-Oz'];
const CXX = [
  ...['-std=c++20', '-nostdinc++', ...LIBRARY_DEFINES.map((name) => `-D${name}`)],
  ...system(join(root, 'native'), join(library, 'libcxx', 'include'), join(library, 'libcxxabi', 'include')),
];
const OWN = ['-Wall', '-Wextra', '-I', join(kernels, 'native')];
const ADDON = [
  ...['-DNAPI_VERSION=8', '-DNAPI_CPP_EXCEPTIONS', '-DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS'],
  ...['-isystem', nodeAddonApi, '-isystem', join(emnapi, 'include', 'node')],
];

/** What the modules use of libraries that zig has without exceptions, or without locks. */
const LIBRARY_SOURCES = {
  libcxx:
    'algorithm chrono condition_variable condition_variable_destructor error_category exception ' +
    'functional future hash memory mutex mutex_destructor new_handler new_helpers stdexcept string ' +
    'system_error thread typeinfo variant vector verbose_abort',
  libcxxabi:
    'abort_message cxa_aux_runtime cxa_default_handlers cxa_exception cxa_exception_storage cxa_guard ' +
    'cxa_handlers cxa_personality cxa_vector cxa_virtual fallback_malloc private_typeinfo ' +
    'stdlib_exception stdlib_new_delete stdlib_stdexcept stdlib_typeinfo',
};

/** One for each kind of memory. */
const MEMORIES = [
  { name: 'single', cpu: 'generic+simd128', flags: [], malloc: [], link: ['--export-memory'] },
  {
    name: 'threads',
    cpu: 'generic+simd128+atomics+bulk_memory',
    flags: ['-matomics', '-mbulk-memory'],
    malloc: ['-D__EMSCRIPTEN_SHARED_MEMORY__'],
    link: [
      ...['--import-memory', '--shared-memory', '--export=__stack_pointer', '--export=__wasm_init_tls'],
      ...['--export=__tls_size', '--export=__tls_align'],
    ],
  },
];
const EXPORTS = ['malloc', 'free', 'napi_register_wasm_v1', 'node_api_module_get_api_version_v1'];
/** Of bytes; shared memory is made by JavaScript, of the same sizes (src/heap.ts). */
const [INITIAL_MEMORY, MAX_MEMORY] = [2 ** 24, 2 ** 32];

const filesIn = (folder) => readdirSync(folder, { recursive: true }).map((file) => join(folder, file));
const objects = new Objects(build);
const object = (folder, source, own) => objects.of(folder, source, [...COMMON, ...own, ...C_HEADERS]);

/** The archives of libc: zig compiles it when it links a program, and keeps it in its cache. */
function libc({ name, cpu }) {
  const cache = join(build, `libc-${name}`);
  const archives = () => (existsSync(cache) ? filesIn(cache).filter((file) => file.endsWith('.a')) : []);
  if (archives().length === 0) {
    const program = join(build, 'empty.c');
    writeFileSync(program, 'int main(void) { return 0; }\n');
    zig(['cc', '-target', 'wasm32-wasi', `-mcpu=${cpu}`, '-O2', program, '-o', join(build, 'empty.wasm')], {
      ZIG_LOCAL_CACHE_DIR: cache,
      ZIG_GLOBAL_CACHE_DIR: cache,
    });
  }
  return archives();
}

function libraryObjects({ name, flags, malloc }) {
  const internals = ['-I', join(library, 'libcxx', 'src')];
  const cxx = Object.entries(LIBRARY_SOURCES).flatMap(([folder, names]) =>
    names
      .split(' ')
      .map((source) =>
        object(name, join(library, folder, 'src', `${source}.cpp`), [
          SMALL,
          ...[...CXX, ...flags, ...internals, '-Wno-everything'],
          ...['-D_LIBCPP_BUILDING_LIBRARY', '-DLIBCXX_BUILDING_LIBCXXABI', '-D_LIBCXXABI_BUILDING_LIBRARY'],
          '-DLIBCXXABI_NON_DEMANGLING_TERMINATE',
        ]),
      ),
  );
  const c = [
    [
      join(library, 'libunwind', 'src', 'Unwind-wasm.c'),
      '-I',
      join(library, 'libunwind', 'include'),
      '-D_LIBUNWIND_HIDE_SYMBOLS',
    ],
    [join(library, 'libc', 'wasi', 'libc-bottom-half', 'crt', 'crt1-reactor.c')],
    [join(library, 'libc', 'wasi', 'emmalloc', 'emmalloc.c'), '-fno-strict-aliasing', ...malloc],
    ...['js_native_api.c', 'node_api.c'].map((file) => [join(emnapi, 'src', file), ...ADDON]),
  ].map(([source, ...args]) =>
    object(name, source, [SMALL, '-DNDEBUG', ...flags, ...args, '-Wno-everything']),
  );
  return [...cxx, ...c];
}

function simdObjects({ name, flags }, isRelaxed) {
  const highway = ['-isystem', highwayHeaders(build)];
  return targets
    .filter(({ where }) => where === 'wasm32')
    .flatMap(({ name: target, bytes, flags: own, code }) =>
      targetSources({ name: target, code }).map((source) =>
        object(join(name, isRelaxed ? 'relaxed' : 'simd'), join(kernels, source), [
          FAST,
          ...[...CXX, ...flags, ...OWN, ...highway, ...own, ...(isRelaxed ? ['-mrelaxed-simd'] : [])],
          ...[`-DZS_TARGET=${target}`, `-DZS_VECTOR_BYTES=${bytes}`, '-DHWY_COMPILE_ONLY_STATIC'],
        ]),
      ),
    );
}

function inputs(memory, isRelaxed) {
  const own = [...commonSources().map((source) => join(kernels, source)), join(root, 'native', 'threads.cc')];
  return [
    ...own.map((source) => object(memory.name, source, [SMALL, ...CXX, ...memory.flags, ...OWN, ...ADDON])),
    ...simdObjects(memory, isRelaxed),
    ...libraryObjects(memory),
  ];
}

function link(memory, isRelaxed, inputFiles) {
  const file = join(
    modules,
    `zeroskip${memory.name === 'threads' ? '-threads' : ''}${isRelaxed ? '-relaxed' : ''}.wasm`,
  );
  zig([
    ...['wasm-ld', '--no-entry', '--export=_initialize', '--stack-first', '-z', 'stack-size=1048576'],
    ...['--import-undefined', '--export-table', '--gc-sections', '--strip-all'],
    ...[`--initial-memory=${INITIAL_MEMORY}`, `--max-memory=${MAX_MEMORY}`],
    ...[
      ...EXPORTS.map((name) => `--export-if-defined=${name}`),
      ...memory.link,
      ...inputFiles,
      ...libc(memory),
    ],
    ...['-o', file],
  ]);
  console.log(`${relative(root, file)}: ${statSync(file).size} bytes`);
}

async function buildModules() {
  mkdirSync(modules, { recursive: true });
  const links = MEMORIES.flatMap((memory) =>
    [false, true].map((isRelaxed) => [memory, isRelaxed, inputs(memory, isRelaxed)]),
  );
  await objects.compileAll();
  for (const each of links) link(...each);
}

main(buildModules);
