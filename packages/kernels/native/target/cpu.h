// What the processor has and the system has turned on. Read from the processor, as __builtin_cpu_supports needs a
// library of the compiler's that not every one comes with.
#ifndef ZEROSKIP_TARGET_CPU_H_
#define ZEROSKIP_TARGET_CPU_H_

namespace zeroskip {

enum class CpuFeature {
  kSse42,
  kPopcnt,
  kFma,
  kBmi,
  kBmi2,
  kAvx2,
  kAvx512F,
  kAvx512Dq,
  kAvx512Cd,
  kAvx512Bw,
  kAvx512Vl,
  kAvx512Vbmi,
  kAvx512Vbmi2,
  kAvx512Vnni,
};

// False on all but 64-bit x86.
bool HasCpuFeature(CpuFeature feature);

}  // namespace zeroskip

#endif  // ZEROSKIP_TARGET_CPU_H_
