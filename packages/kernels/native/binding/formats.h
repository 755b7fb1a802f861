#ifndef ZEROSKIP_BINDING_FORMATS_H_
#define ZEROSKIP_BINDING_FORMATS_H_

#include <napi.h>

namespace zeroskip {

// Adds the functions of the formats (NativeFormats in src/addon.ts).
void ExportFormats(Napi::Object exports);

}  // namespace zeroskip

#endif  // ZEROSKIP_BINDING_FORMATS_H_
