#ifndef ZEROSKIP_BINDING_HELD_H_
#define ZEROSKIP_BINDING_HELD_H_

#include <napi.h>

#include <memory>
#include <utility>

namespace zeroskip {

// JavaScript holds natives through a shared pointer: a run in flight keeps what its caller releases.
template <class T>
Napi::Value Wrap(Napi::Env env, std::shared_ptr<T> value) {
  auto holder = std::make_unique<std::shared_ptr<T>>(std::move(value));
  const Napi::Value external = Napi::External<std::shared_ptr<T>>::New(
      env, holder.get(), [](Napi::Env, std::shared_ptr<T>* p) { delete p; });
  holder.release();
  return external;
}

template <class T>
std::shared_ptr<T>& Holder(const Napi::Value& value) {
  return *value.As<Napi::External<std::shared_ptr<T>>>().Data();
}

template <class T>
std::shared_ptr<T> Unwrap(const Napi::Value& value) {
  std::shared_ptr<T> held = Holder<T>(value);
  if (!held) throw Napi::Error::New(value.Env(), "This native object was released.");
  return held;
}

template <class T>
Napi::Value Release(const Napi::CallbackInfo& info) {
  Holder<T>(info[0]).reset();
  return info.Env().Undefined();
}

}  // namespace zeroskip

#endif  // ZEROSKIP_BINDING_HELD_H_
