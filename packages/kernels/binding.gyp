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
      "OTHER_CPLUSPLUSFLAGS": ["<@(common_cflags)"]
    },
    "msvs_settings": {
      "VCCLCompilerTool": { "ExceptionHandling": 1, "AdditionalOptions": ["/std:c++20", "/O2"] }
    }
  },
  "targets": [
    {
      "target_name": "zeroskip",
      "sources": ["<@(plain_sources)"],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": ["NAPI_VERSION=8", "NAPI_CPP_EXCEPTIONS"],
      # The plainest target first: of an inline function that several targets emit, the linker keeps the first.
      "dependencies": ["kernels_scalar"],
      "ldflags": ["-Wl,-z,nodelete", "-Wl,--exclude-libs,ALL"],
      "conditions": [
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
          "cflags_cc": ["-march=haswell", "-maes", "-mpclmul", "-ffp-contract=fast"]
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
          "cflags_cc": ["-march=westmere", "-maes", "-mpclmul"]
        },
        {
          "target_name": "kernels_avx512",
          "type": "static_library",
          "sources": ["<@(simd_sources)"],
          "defines": ["ZS_TARGET=avx512", "ZS_VECTOR_BYTES=64", "HWY_COMPILE_ONLY_STATIC"],
          "cflags_cc": ["-march=skylake-avx512", "-ffp-contract=fast"]
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
          "cflags_cc": ["-march=armv8-a+crypto", "-ffp-contract=fast"]
        }
      ]
    }]
  ]
}
