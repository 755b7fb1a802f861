#ifndef ZEROSKIP_FORMATS_NONZERO_MASKS_H_
#define ZEROSKIP_FORMATS_NONZERO_MASKS_H_

#include <cstddef>
#include <cstdint>

#include "target/target.h"

namespace zeroskip {

// Bits of one word of a mask.
constexpr int kMaskBits = 64;

inline int MaskWords(int length) { return (length + kMaskBits - 1) / kMaskBits; }

// For each of `runs` runs of `length` values, one after the other: MaskWords(length) words, bit i for value i,
// set where it is not zero.
ZS_PER_TARGET(void, NonZeroMasks, (const float* values, size_t runs, int length, uint64_t* masks))

}  // namespace zeroskip

#endif  // ZEROSKIP_FORMATS_NONZERO_MASKS_H_
