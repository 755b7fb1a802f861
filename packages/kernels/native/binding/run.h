#ifndef ZEROSKIP_BINDING_RUN_H_
#define ZEROSKIP_BINDING_RUN_H_

#include <napi.h>

namespace zeroskip {

// Adds the functions that run programs in arenas.
void ExportRun(Napi::Object exports);

}  // namespace zeroskip

#endif  // ZEROSKIP_BINDING_RUN_H_
