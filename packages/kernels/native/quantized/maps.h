// Steps on maps of 8-bit integers, and the range that floats are quantized by.
#ifndef ZEROSKIP_QUANTIZED_MAPS_H_
#define ZEROSKIP_QUANTIZED_MAPS_H_

#include "quantized/bytes.h"
#include "steps/steps.h"
#include "target/target.h"

namespace zeroskip {

// ONNX's DynamicQuantizeLinear without the integers: a scale and a zero point so that the least and the largest value
// of `map`, and 0, fit in uint8.
ZS_PER_TARGET(Quantization, DynamicRange, (const MapView& map, int threads))
// The steps of these names, of bytes. A pool takes maxima; a resize has no weights, and takes `low`.
ZS_PER_TARGET(void, RunBytePool, (const PoolStep& step, bool is_signed, int threads))
ZS_PER_TARGET(void, RunByteResize, (const ResizeStep& step, int threads))
ZS_PER_TARGET(void, RunBytesToChannelsLast, (const MapStep& step, int threads))
ZS_PER_TARGET(void, RunBytesToChannelsFirst, (const MapStep& step, int threads))

}  // namespace zeroskip

#endif  // ZEROSKIP_QUANTIZED_MAPS_H_
