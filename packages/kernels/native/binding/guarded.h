#ifndef ZEROSKIP_BINDING_GUARDED_H_
#define ZEROSKIP_BINDING_GUARDED_H_

#include <napi.h>

#include <new>

namespace zeroskip {

// Native failures (out of memory, mostly) become JavaScript errors.
template <Napi::Value (*Function)(const Napi::CallbackInfo&)>
Napi::Value Guarded(const Napi::CallbackInfo& info) {
  try {
    return Function(info);
  } catch (const std::bad_alloc&) {
    throw Napi::Error::New(info.Env(), "The native addon is out of memory.");
  }
}

}  // namespace zeroskip

#endif  // ZEROSKIP_BINDING_GUARDED_H_
