#include "target/cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace zeroskip {

#if defined(__x86_64__)
namespace {

// Registers of the instruction cpuid: leaf 1, and leaf 7 (Intel's manual, volume 2A).
struct Registers {
  unsigned leaf1_c = 0;
  unsigned leaf7_b = 0;
  unsigned leaf7_c = 0;
  // Registers that the system saves (XCR0); 0 where it saves none of the vectors of AVX.
  unsigned saved = 0;

  Registers() {
    unsigned a, b, d;
    if (!__get_cpuid(1, &a, &b, &leaf1_c, &d)) return;
    __get_cpuid_count(7, 0, &a, &leaf7_b, &leaf7_c, &d);
    if (leaf1_c >> 27 & 1) __asm__("xgetbv" : "=a"(saved), "=d"(d) : "c"(0));
  }
};

constexpr unsigned kSavesAvx = 0x06;
constexpr unsigned kSavesAvx512 = 0xe6;

}  // namespace

bool HasCpuFeature(CpuFeature feature) {
  static const Registers cpu;
  const auto has = [](unsigned features, int bit, unsigned saved = 0) {
    return (features >> bit & 1) != 0 && (cpu.saved & saved) == saved;
  };
  switch (feature) {
    case CpuFeature::kSse42: return has(cpu.leaf1_c, 20);
    case CpuFeature::kPopcnt: return has(cpu.leaf1_c, 23);
    case CpuFeature::kFma: return has(cpu.leaf1_c, 12, kSavesAvx);
    case CpuFeature::kBmi: return has(cpu.leaf7_b, 3);
    case CpuFeature::kBmi2: return has(cpu.leaf7_b, 8);
    case CpuFeature::kAvx2: return has(cpu.leaf7_b, 5, kSavesAvx);
    case CpuFeature::kAvx512F: return has(cpu.leaf7_b, 16, kSavesAvx512);
    case CpuFeature::kAvx512Dq: return has(cpu.leaf7_b, 17, kSavesAvx512);
    case CpuFeature::kAvx512Cd: return has(cpu.leaf7_b, 28, kSavesAvx512);
    case CpuFeature::kAvx512Bw: return has(cpu.leaf7_b, 30, kSavesAvx512);
    case CpuFeature::kAvx512Vl: return has(cpu.leaf7_b, 31, kSavesAvx512);
    case CpuFeature::kAvx512Vbmi: return has(cpu.leaf7_c, 1, kSavesAvx512);
    case CpuFeature::kAvx512Vbmi2: return has(cpu.leaf7_c, 6, kSavesAvx512);
    case CpuFeature::kAvx512Vnni: return has(cpu.leaf7_c, 11, kSavesAvx512);
  }
  return false;
}
#else
bool HasCpuFeature(CpuFeature) { return false; }
#endif

}  // namespace zeroskip
