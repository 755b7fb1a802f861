{
  "variables": {
    "openssl_fips": "",
    # On x64, scalar and AVX2 alone: half the time to compile (scripts/sanitize.mjs).
    "two_targets%": "no",
    "simd_sources": ["<!@(node native/list-sources.cjs simd)"],
    "plain_sources": ["<!@(node native/list-sources.cjs plain)"],
    "common_cflags": ["-O3", "-Wall", "-Wextra", "-fvisibility=hidden", "-fno-math-errno", "-ffp-contract=off"]
  },
  "target_defaults": {
    "cflags!": ["-fno-exceptions"],
    "cflags_cc!": ["-fno-exceptions", "-std=gnu++17", "-fno-rtti"],
    "cflags_cc": ["-std=c++20", "<@(common_cflags)"],
    "include_dirs": ["native"],
    "conditions": [["two_targets=='yes'", { "defines": ["ZS_TWO_TARGETS"] }]],
    "xcode_settings": {
      "CLANG_CXX_LANGUAGE_STANDARD": "c++20",
      "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
      "MACOSX_DEPLOYMENT_TARGET": "11.0",
      "OTHER_CPLUSPLUSFLAGS": ["<@(common_cflags)"]
    },
    # The kernels are written for GCC and Clang.
    "msbuild_toolset": "ClangCL",
    "msvs_settings": {
      "VCCLCompilerTool": {
        "ExceptionHandling": 1,
        "AdditionalOptions": ["/std:c++20", "/O2", "/clang:-fno-math-errno", "/clang:-ffp-contract=off"]
      }
    }
  },
  "targets": [
    {
      "target_name": "zeroskip",
      "sources": ["<@(plain_sources)"],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      # Where an environment is terminating, an error that cannot be thrown is dropped instead of ending the process.
      "defines": ["NAPI_VERSION=8", "NAPI_CPP_EXCEPTIONS", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"],
      # The plainest target first: of an inline function that several targets emit, the linker keeps the first.
      "dependencies": ["kernels_scalar"],
      "conditions": [
        # Nothing of the C++ library is asked of the machine or seen by others in the process.
        ["OS=='linux'", {
          "ldflags": [
            "-static-libstdc++",
            "-Wl,-z,nodelete",
            "-Wl,--gc-sections",
            "-Wl,--version-script=<(module_root_dir)/native/exports.map"
          ]
        }],
        ["target_arch=='x64' and two_targets=='no'", { "dependencies": ["kernels_sse4", "kernels_avx2", "kernels_avx512"] }],
        ["target_arch=='x64' and two_targets=='yes'", { "dependencies": ["kernels_avx2"] }],
        ["target_arch=='arm64'", { "dependencies": ["kernels_neon"] }]
      ]
    },
    {
      "target_name": "kernels_scalar",
      "type": "static_library",
      "sources": ["<@(simd_sources)"],
      "defines": ["ZS_TARGET=scalar", "ZS_VECTOR_BYTES=4", "HWY_COMPILE_ONLY_SCALAR"]
    }
  ],
  "conditions": [
    ["target_arch=='x64'", {
      "targets": [
        {
          "target_name": "kernels_avx2",
          "type": "static_library",
          "sources": ["<@(simd_sources)"],
          "defines": ["ZS_TARGET=avx2", "ZS_VECTOR_BYTES=32", "HWY_COMPILE_ONLY_STATIC"],
          "variables": { "target_cflags": ["-march=haswell", "-maes", "-mpclmul", "-ffp-contract=fast"] },
          "cflags_cc": ["<@(target_cflags)"],
          "xcode_settings": { "OTHER_CPLUSPLUSFLAGS": ["<@(target_cflags)"] },
          "msvs_settings": {
            "VCCLCompilerTool": {
              "AdditionalOptions": ["/clang:-march=haswell", "/clang:-maes", "/clang:-mpclmul", "/clang:-ffp-contract=fast"]
            }
          }
        }
      ]
    }],
    ["target_arch=='x64' and two_targets=='no'", {
      "targets": [
        {
          "target_name": "kernels_sse4",
          "type": "static_library",
          "sources": ["<@(simd_sources)"],
          "defines": ["ZS_TARGET=sse4", "ZS_VECTOR_BYTES=16", "HWY_COMPILE_ONLY_STATIC"],
          "variables": { "target_cflags": ["-march=westmere", "-maes", "-mpclmul"] },
          "cflags_cc": ["<@(target_cflags)"],
          "xcode_settings": { "OTHER_CPLUSPLUSFLAGS": ["<@(target_cflags)"] },
          "msvs_settings": {
            "VCCLCompilerTool": {
              "AdditionalOptions": ["/clang:-march=westmere", "/clang:-maes", "/clang:-mpclmul"]
            }
          }
        },
        {
          "target_name": "kernels_avx512",
          "type": "static_library",
          "sources": ["<@(simd_sources)"],
          "defines": ["ZS_TARGET=avx512", "ZS_VECTOR_BYTES=64", "HWY_COMPILE_ONLY_STATIC"],
          "variables": { "target_cflags": ["-march=skylake-avx512", "-ffp-contract=fast"] },
          "cflags_cc": ["<@(target_cflags)"],
          "xcode_settings": { "OTHER_CPLUSPLUSFLAGS": ["<@(target_cflags)"] },
          "msvs_settings": {
            "VCCLCompilerTool": {
              "AdditionalOptions": ["/clang:-march=skylake-avx512", "/clang:-ffp-contract=fast"]
            }
          }
        }
      ]
    }],
    ["target_arch=='arm64'", {
      "targets": [
        {
          "target_name": "kernels_neon",
          "type": "static_library",
          "sources": ["<@(simd_sources)"],
          "defines": ["ZS_TARGET=neon", "ZS_VECTOR_BYTES=16", "HWY_COMPILE_ONLY_STATIC"],
          "variables": { "target_cflags": ["-march=armv8-a+crypto", "-ffp-contract=fast"] },
          "cflags_cc": ["<@(target_cflags)"],
          "xcode_settings": { "OTHER_CPLUSPLUSFLAGS": ["<@(target_cflags)"] },
          "msvs_settings": {
            "VCCLCompilerTool": {
              "AdditionalOptions": ["/clang:-march=armv8-a+crypto", "/clang:-ffp-contract=fast"]
            }
          }
        }
      ]
    }]
  ]
}
