// The loops of a meter, per target.
#ifndef ZEROSKIP_ROOFLINE_ROOFLINE_H_
#define ZEROSKIP_ROOFLINE_ROOFLINE_H_

#include <cstddef>
#include <cstdint>

#include "target/target.h"

namespace zeroskip {

// Array lengths are multiples of this number of floats.
constexpr size_t kStreamBlock = 256;

// Floating-point operations of one loop of RunFmaChains.
ZS_PER_TARGET(int64_t, FmaChainsWork, ())
// Each returns a value that depends on all it has done, so that no compiler leaves any of it out.
ZS_PER_TARGET(float, RunFmaChains, (int64_t loops))
ZS_PER_TARGET(float, StreamRead, (const float* a, size_t floats, int64_t loops))
ZS_PER_TARGET(float, StreamTriad, (float* a, const float* b, const float* c, size_t floats, int64_t loops))

}  // namespace zeroskip

#endif  // ZEROSKIP_ROOFLINE_ROOFLINE_H_
