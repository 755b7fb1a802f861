// What node-gyp builds: a library of the `-simd.cc` sources for each row of target/targets.inc, and the addon of these
// and the others.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const inc = readFileSync(join(folder, 'target', 'targets.inc'), 'utf8');
export const targets = [...inc.matchAll(/X\((\w+), (\w+), (\d+), "([^"]*)", (\w+)/g)].map(
  ([, name, where, bytes, flags, code]) => ({
    name,
    where,
    bytes,
    flags: flags.split(' ').filter(Boolean),
    code,
  }),
);

const CONDITIONS = {
  native: "target_arch!=''",
  x64: "target_arch=='x64'",
  x64_rest: "target_arch=='x64' and two_targets=='no'",
  arm64: "target_arch=='arm64'",
};
const own = targets.filter(({ where }) => where in CONDITIONS);
const COMMON = ['-O3', '-Wall', '-Wextra', '-fvisibility=hidden', '-fno-math-errno', '-ffp-contract=off'];

/** The sources whose names have an end, and not another. */
function sources(end, other) {
  return readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith(end) && !(other && file.endsWith(other)))
    .map((file) => join('native', file).replaceAll('\\', '/'))
    .sort();
}

/** The sources that are compiled once. */
export const commonSources = () => sources('.cc', '-simd.cc');

/** The sources that are compiled for a row: products of integers alone where it runs another's code for the rest. */
export const targetSources = ({ name, code }) => sources(name === code ? '-simd.cc' : '-integer-simd.cc');

function library(target) {
  const { name, bytes, flags } = target;
  return {
    target_name: `kernels_${name}`,
    type: 'static_library',
    sources: targetSources(target),
    defines: [
      `ZS_TARGET=${name}`,
      `ZS_VECTOR_BYTES=${bytes}`,
      `HWY_COMPILE_ONLY_${name === 'scalar' ? 'SCALAR' : 'STATIC'}`,
    ],
    cflags_cc: flags,
    xcode_settings: { OTHER_CPLUSPLUSFLAGS: flags },
    msvs_settings: { VCCLCompilerTool: { AdditionalOptions: flags.map((flag) => `/clang:${flag}`) } },
  };
}

export const gyp = {
  // Two targets: scalar and AVX2 alone, for sanitizers.
  variables: { openssl_fips: '', 'two_targets%': 'no' },
  target_defaults: {
    'cflags!': ['-fno-exceptions'],
    'cflags_cc!': ['-fno-exceptions', '-std=gnu++17', '-fno-rtti'],
    cflags_cc: ['-std=c++20', ...COMMON],
    include_dirs: ['native'],
    conditions: [["two_targets=='yes'", { defines: ['ZS_TWO_TARGETS'] }]],
    xcode_settings: {
      CLANG_CXX_LANGUAGE_STANDARD: 'c++20',
      GCC_ENABLE_CPP_EXCEPTIONS: 'YES',
      MACOSX_DEPLOYMENT_TARGET: '11.0',
      OTHER_CPLUSPLUSFLAGS: COMMON,
    },
    // The kernels are written for GCC and Clang.
    msbuild_toolset: 'ClangCL',
    msvs_settings: {
      VCCLCompilerTool: {
        ExceptionHandling: 1,
        AdditionalOptions: ['/std:c++20', '/O2', '/clang:-fno-math-errno', '/clang:-ffp-contract=off'],
      },
    },
  },
  targets: [
    {
      target_name: 'zeroskip',
      sources: commonSources(),
      include_dirs: ['<!(node -p "require(\'node-addon-api\').include_dir")'],
      // Where an environment is terminating, an error that cannot be thrown is dropped instead of ending the process.
      defines: ['NAPI_VERSION=8', 'NAPI_CPP_EXCEPTIONS', 'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS'],
      conditions: [
        // The plainest target first: of an inline function that several targets emit, the linker keeps the first.
        ...own.map(({ name, where }) => [CONDITIONS[where], { dependencies: [`kernels_${name}`] }]),
        // Nothing of the C++ library is asked of the machine or seen by others in the process.
        [
          "OS=='linux'",
          {
            ldflags: [
              '-static-libstdc++',
              '-Wl,-z,nodelete',
              '-Wl,--gc-sections',
              '-Wl,--version-script=<(module_root_dir)/native/exports.map',
            ],
          },
        ],
      ],
    },
  ],
  conditions: own.map((target) => [CONDITIONS[target.where], { targets: [library(target)] }]),
};
