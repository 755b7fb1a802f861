#ifndef ZEROSKIP_BINDING_QUANTIZED_H_
#define ZEROSKIP_BINDING_QUANTIZED_H_

#include <napi.h>

namespace zeroskip {

// Adds the functions that make convolutions of 8-bit integers.
void ExportQuantized(Napi::Object exports);

}  // namespace zeroskip

#endif  // ZEROSKIP_BINDING_QUANTIZED_H_
