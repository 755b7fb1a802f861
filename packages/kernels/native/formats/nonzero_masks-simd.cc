#include "formats/nonzero_masks.h"

#include "simd/masks-inl.h"

namespace zeroskip {
namespace ZS_TARGET {

void NonZeroMasks(const float* values, size_t runs, int length, uint64_t* masks) {
  for (size_t run = 0; run < runs; ++run) {
    for (int i = 0; i < length; i += kMaskBits) {
      const int n = HWY_MIN(kMaskBits, length - i);
      *masks++ = NonZeroBits(values, n);
      values += n;
    }
  }
}

}  // namespace ZS_TARGET
}  // namespace zeroskip
