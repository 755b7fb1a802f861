// Which instruction set the kernels use: compiled in once per target, chosen once per convolution.
#ifndef ZEROSKIP_TARGET_TARGET_H_
#define ZEROSKIP_TARGET_TARGET_H_

#include <string>
#include <vector>

namespace zeroskip {

struct TargetInfo {
  std::string name;
  bool supported;
  bool selected;
  int vector_bytes;
};

// All compiled targets, the best last.
std::vector<TargetInfo> Targets();

// Index into Targets() of the one that new convolutions use.
int SelectedTarget();

// Float lanes of a vector of target `index`.
int VectorLanes(int index);

// Whether this CPU has AVX-512 VBMI and VBMI2: the byte shuffles that target avx512 uses where it can.
bool HasAvx512Vbmi2();

// False when `name` is unknown or this CPU lacks it.
bool SelectTarget(const std::string& name);

}  // namespace zeroskip

// ZS_PER_TARGET(ret, Name, (args)) declares Name in the namespace of every target that binding.gyp compiles,
// and `NameFor(int target)`, which returns the one of Targets()[target].
#if defined(ZS_TWO_TARGETS)
#define ZS_PER_TARGET(ret, name, args)                                           \
  namespace scalar { ret name args; }                                            \
  namespace avx2 { ret name args; }                                              \
  inline auto name##For(int target) {                                            \
    constexpr decltype(&scalar::name) kTable[] = {&scalar::name, &avx2::name};   \
    return kTable[target];                                                       \
  }
#elif defined(__x86_64__) || defined(_M_X64)
#define ZS_PER_TARGET(ret, name, args)                                                                      \
  namespace scalar { ret name args; }                                                                       \
  namespace sse4 { ret name args; }                                                                         \
  namespace avx2 { ret name args; }                                                                         \
  namespace avx512 { ret name args; }                                                                       \
  inline auto name##For(int target) {                                                                       \
    constexpr decltype(&scalar::name) kTable[] = {&scalar::name, &sse4::name, &avx2::name, &avx512::name};  \
    return kTable[target];                                                                                  \
  }
#elif defined(__aarch64__)
#define ZS_PER_TARGET(ret, name, args)                                           \
  namespace scalar { ret name args; }                                            \
  namespace neon { ret name args; }                                              \
  inline auto name##For(int target) {                                            \
    constexpr decltype(&scalar::name) kTable[] = {&scalar::name, &neon::name};   \
    return kTable[target];                                                       \
  }
#else
#define ZS_PER_TARGET(ret, name, args)                                           \
  namespace scalar { ret name args; }                                            \
  inline auto name##For(int) { return &scalar::name; }
#endif

#endif  // ZEROSKIP_TARGET_TARGET_H_
