#ifndef ZEROSKIP_BINDING_GUARDED_H_
#define ZEROSKIP_BINDING_GUARDED_H_

#include <napi.h>

#include <new>
#include <system_error>

namespace zeroskip {

enum class Failure { kNone, kMemory, kThread };

// Calls `work`; what the system refused becomes a value, anything else goes on as an exception.
template <class Work>
Failure Attempt(const Work& work) {
  try {
    work();
  } catch (const std::bad_alloc&) {
    return Failure::kMemory;
  } catch (const std::system_error&) {
    return Failure::kThread;
  }
  return Failure::kNone;
}

inline const char* CodeOf(Failure failure) {
  return failure == Failure::kMemory ? "ERR_OUT_OF_MEMORY" : "ERR_NATIVE";
}

inline const char* MessageOf(Failure failure) {
  return failure == Failure::kMemory ? "Expected memory for the native addon, received none from the system."
                                     : "Expected a thread for the native addon, received none from the system.";
}

// A function as Node-API calls it. No exception leaves it: in an environment that is terminating JavaScript errors
// cannot be thrown any more, and nobody is there to catch them.
template <auto Function>
napi_value Guarded(napi_env env, napi_callback_info info) {
  napi_value result = nullptr;
  try {
    const Failure failure = Attempt([&] {
      const Napi::CallbackInfo call(env, info);
      result = Function(call);
    });
    if (failure != Failure::kNone) napi_throw_error(env, CodeOf(failure), MessageOf(failure));
  } catch (const Napi::Error& error) {
    napi_throw(env, error.Value());
  }
  return result;
}

inline void Export(Napi::Object exports, const char* name, napi_callback function) {
  const Napi::Env env = exports.Env();
  napi_value value;
  const napi_status status = napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr, &value);
  NAPI_THROW_IF_FAILED_VOID(env, status);
  exports.Set(name, value);
}

}  // namespace zeroskip

#endif  // ZEROSKIP_BINDING_GUARDED_H_
