#ifndef ZEROSKIP_BINDING_PROGRAM_H_
#define ZEROSKIP_BINDING_PROGRAM_H_

#include <napi.h>

namespace zeroskip {

// Adds the functions that make programs and their constants.
void ExportProgram(Napi::Object exports);

}  // namespace zeroskip

#endif  // ZEROSKIP_BINDING_PROGRAM_H_
