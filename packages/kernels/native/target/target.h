// Which instruction set the kernels use: compiled in once per target, chosen once per convolution.
#ifndef ZEROSKIP_TARGET_TARGET_H_
#define ZEROSKIP_TARGET_TARGET_H_

#include <string>
#include <vector>

#include "target/targets.inc"

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

// False when `name` is unknown or this CPU lacks it.
bool SelectTarget(const std::string& name);

}  // namespace zeroskip

// What is said of a row of targets.inc is kept where that row is built.
#if defined(__wasm__)
#define ZS_ON_native(...)
#define ZS_ON_wasm32(...) __VA_ARGS__
#else
#define ZS_ON_native(...) __VA_ARGS__
#define ZS_ON_wasm32(...)
#endif
#if defined(__x86_64__) || defined(_M_X64)
#define ZS_ON_x64(...) __VA_ARGS__
#else
#define ZS_ON_x64(...)
#endif
#if defined(ZS_TWO_TARGETS)
#define ZS_ON_x64_rest(...)
#else
#define ZS_ON_x64_rest(...) ZS_ON_x64(__VA_ARGS__)
#endif
#if defined(__aarch64__)
#define ZS_ON_arm64(...) __VA_ARGS__
#else
#define ZS_ON_arm64(...)
#endif

// ZS_PER_TARGET(ret, Name, (args)) declares Name in the namespace of every target that is built, and
// `NameFor(int target)`, which returns the one of Targets()[target]. A target without code of its own has another's;
// ZS_PER_INTEGER_TARGET is for what each has: products of integers.
#define ZS_TABLE(DECLARE, ADDRESS, ret, name, args)              \
  ZS_TARGETS(DECLARE, ret, name, args)                           \
  inline auto name##For(int target) {                            \
    constexpr ret(*kTable[]) args = {ZS_TARGETS(ADDRESS, name)}; \
    return kTable[target];                                       \
  }
#define ZS_DECLARE(target, where, bytes, flags, code, cpu, ret, name, args) \
  ZS_ON_##where(namespace code { ret name args; })
#define ZS_ADDRESS(target, where, bytes, flags, code, cpu, name) ZS_ON_##where(&code::name, )
#define ZS_PER_TARGET(ret, name, args) ZS_TABLE(ZS_DECLARE, ZS_ADDRESS, ret, name, args)
#define ZS_DECLARE_OWN(target, where, bytes, flags, code, cpu, ret, name, args) \
  ZS_ON_##where(namespace target { ret name args; })
#define ZS_ADDRESS_OWN(target, where, bytes, flags, code, cpu, name) ZS_ON_##where(&target::name, )
#define ZS_PER_INTEGER_TARGET(ret, name, args) ZS_TABLE(ZS_DECLARE_OWN, ZS_ADDRESS_OWN, ret, name, args)

#endif  // ZEROSKIP_TARGET_TARGET_H_
