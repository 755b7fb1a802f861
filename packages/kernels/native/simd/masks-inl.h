// Non-zero masks: one bit per value.
#ifndef ZEROSKIP_SIMD_MASKS_INL_H_
#define ZEROSKIP_SIMD_MASKS_INL_H_

#include <cstring>

#include "simd/vectors-inl.h"

namespace zeroskip {
namespace ZS_TARGET {

template <class M>
HWY_INLINE uint64_t MaskBits(M mask) {
#if HWY_TARGET <= HWY_AVX3 && HWY_ARCH_X86
  return mask.raw;
#else
  uint8_t bytes[8] = {};
  hn::StoreMaskBits(D(), mask, bytes);
  uint64_t bits;
  std::memcpy(&bits, bytes, sizeof(bits));
  return bits;
#endif
}

// The mask of lanes whose bits are set.
template <class DT>
HWY_INLINE hn::Mask<DT> MaskOf(DT d, uint32_t lanes) {
#if HWY_TARGET <= HWY_AVX3 && HWY_ARCH_X86
  (void)d;
  return hn::Mask<DT>{static_cast<decltype(hn::Mask<DT>::raw)>(lanes)};
#else
  uint8_t bytes[8] = {};
  std::memcpy(bytes, &lanes, sizeof(lanes));
  return hn::LoadMaskBits(d, bytes);
#endif
}

// Bit i: values[i] != 0, for i < n <= 64. A NaN is not a zero; -0 is.
HWY_INLINE uint64_t NonZeroBits(const float* values, int n) {
  const D d;
  const V zero = hn::Zero(d);
  uint64_t bits = 0;
  int i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    bits |= MaskBits(hn::Not(hn::Eq(hn::LoadU(d, values + i), zero))) << i;
  }
  if (i < n) bits |= MaskBits(hn::Not(hn::Eq(LoadPartial(values + i, n - i), zero))) << i;
  return bits;
}

}  // namespace ZS_TARGET
}  // namespace zeroskip

#endif  // ZEROSKIP_SIMD_MASKS_INL_H_
