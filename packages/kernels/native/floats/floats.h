// What is done to weights as they are read.
#ifndef ZEROSKIP_FLOATS_FLOATS_H_
#define ZEROSKIP_FLOATS_FLOATS_H_

#include <cstddef>
#include <cstdint>

#include "target/target.h"

namespace zeroskip {

// IEEE 754 binary16 to float32, exactly; a NaN keeps its payload.
ZS_PER_TARGET(void, WidenHalves, (const uint16_t* halves, size_t count, float* out))
// Whether no value is a NaN, or larger than `limit` in magnitude.
ZS_PER_TARGET(bool, AllWithin, (const float* values, size_t count, float limit))

}  // namespace zeroskip

#endif  // ZEROSKIP_FLOATS_FLOATS_H_
