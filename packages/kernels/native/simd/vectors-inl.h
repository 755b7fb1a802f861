// Shared loads, stores and loops of the per-target sources. Include after hwy/highway.h, inside no namespace.
#ifndef ZEROSKIP_SIMD_VECTORS_INL_H_
#define ZEROSKIP_SIMD_VECTORS_INL_H_

#include <hwy/highway.h>

#include <cstdint>
#include <utility>

#include "conv/conv_args.h"

namespace zeroskip {
namespace ZS_TARGET {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
constexpr int kLanes = int(hn::MaxLanes(D()));
// What target/target.cc says of this target; Highway falls back to scalar code when a flag is missing.
static_assert(kLanes * sizeof(float) == ZS_VECTOR_BYTES, "binding.gyp's flags do not enable this target");
// Registers that hold vectors: bounds the number of accumulators.
#if HWY_TARGET <= HWY_AVX3 && HWY_ARCH_X86
constexpr int kRegisters = 32;
#elif HWY_ARCH_ARM_A64
constexpr int kRegisters = 32;
#else
constexpr int kRegisters = 16;
#endif

// Calls f(integral_constant<int, 0>), ... f(integral_constant<int, N - 1>): indices into register arrays must
// be constants, or the compiler keeps the arrays in memory.
template <int N, class F>
HWY_INLINE void Unroll(F&& f) {
  [&]<int... I>(std::integer_sequence<int, I...>) __attribute__((always_inline)) {
    (f(std::integral_constant<int, I>{}), ...);
  }(std::make_integer_sequence<int, N>{});
}

HWY_INLINE V LoadPartial(const float* p, int n) {
  const D d;
  return n >= kLanes ? hn::LoadU(d, p) : hn::MaskedLoad(hn::FirstN(d, size_t(n)), d, p);
}

HWY_INLINE void StorePartial(V v, float* p, int n) {
  const D d;
  if (n >= kLanes) {
    hn::StoreU(v, d, p);
  } else {
    hn::BlendedStore(v, hn::FirstN(d, size_t(n)), d, p);
  }
}

}  // namespace ZS_TARGET
}  // namespace zeroskip

#endif  // ZEROSKIP_SIMD_VECTORS_INL_H_
