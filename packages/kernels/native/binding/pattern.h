#ifndef ZEROSKIP_BINDING_PATTERN_H_
#define ZEROSKIP_BINDING_PATTERN_H_

#include <napi.h>

namespace zeroskip {

// Adds the functions of encoded maps (NativePatterns in src/addon.ts).
void ExportPatterns(Napi::Object exports);

}  // namespace zeroskip

#endif  // ZEROSKIP_BINDING_PATTERN_H_
