#ifndef ZEROSKIP_BINDING_ROOFLINE_H_
#define ZEROSKIP_BINDING_ROOFLINE_H_

#include <napi.h>

namespace zeroskip {

// Adds the functions that measure the machine (NativeRoofline in src/addon.ts).
void ExportRoofline(Napi::Object exports);

}  // namespace zeroskip

#endif  // ZEROSKIP_BINDING_ROOFLINE_H_
