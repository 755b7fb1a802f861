// Shared loads, stores and loops of the per-target sources. Include after hwy/highway.h, inside no namespace.
#ifndef ZEROSKIP_SIMD_VECTORS_INL_H_
#define ZEROSKIP_SIMD_VECTORS_INL_H_

#include <hwy/highway.h>

#include <cstdint>
#include <cstring>
#include <utility>

#include "conv/conv_args.h"

#if defined(__wasm_relaxed_simd__)
namespace hwy {
namespace HWY_NAMESPACE {
// Highway's own are a multiplication and an addition. Whether these round once is up to the engine.
HWY_API Vec128<float> MulAdd(Vec128<float> a, Vec128<float> b, Vec128<float> add) {
  return Vec128<float>{__builtin_wasm_relaxed_madd_f32x4(a.raw, b.raw, add.raw)};
}
HWY_API Vec128<float> NegMulAdd(Vec128<float> a, Vec128<float> b, Vec128<float> add) {
  return Vec128<float>{__builtin_wasm_relaxed_nmadd_f32x4(a.raw, b.raw, add.raw)};
}
}  // namespace HWY_NAMESPACE
}  // namespace hwy
#endif

namespace zeroskip {
namespace ZS_TARGET {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
constexpr int kLanes = int(hn::MaxLanes(D()));
// What target/targets.inc says of this target; Highway falls back to scalar code when a flag is missing.
static_assert(kLanes * sizeof(float) == ZS_VECTOR_BYTES, "the flags of target/targets.inc do not enable this target");
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

// Only AVX2 and AVX-512 have masked accesses; Highway's substitutes on other targets touch the whole vector.
constexpr bool kHasMaskedMemory = HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2;

// The first n values at p, then zeros.
HWY_INLINE V LoadPartial(const float* p, int n) {
  const D d;
  if (n >= kLanes) return hn::LoadU(d, p);
  if constexpr (kHasMaskedMemory) return hn::MaskedLoad(hn::FirstN(d, size_t(n)), d, p);
  HWY_ALIGN float padded[kLanes] = {};
  std::memcpy(padded, p, size_t(n) * sizeof(float));
  return hn::Load(d, padded);
}

// The first n lanes to p.
HWY_INLINE void StorePartial(V v, float* p, int n) {
  const D d;
  if (n >= kLanes) {
    hn::StoreU(v, d, p);
  } else if constexpr (kHasMaskedMemory) {
    hn::BlendedStore(v, hn::FirstN(d, size_t(n)), d, p);
  } else {
    HWY_ALIGN float all[kLanes];
    hn::Store(v, d, all);
    std::memcpy(p, all, size_t(n) * sizeof(float));
  }
}

}  // namespace ZS_TARGET
}  // namespace zeroskip

#endif  // ZEROSKIP_SIMD_VECTORS_INL_H_
