// Typed arrays of JavaScript as native code sees them.
#ifndef ZEROSKIP_BINDING_VALUES_ARRAYS_H_
#define ZEROSKIP_BINDING_VALUES_ARRAYS_H_

#include <napi.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>

namespace zeroskip {

struct ArrayBytes {
  uint8_t* data;
  size_t length;  // in elements
  uint8_t element_bytes;

  size_t Bytes() const { return length * element_bytes; }
};

// WebAssembly cannot see JavaScript's memory: there, an array that is large or that is written to is given as where a
// copy of it lies (packages/kernels-wasm32/src/arrays.ts); the others are copied in when they are asked for.
inline ArrayBytes BytesOf(const Napi::Value& value) {
#if defined(__wasm__)
  if (!value.IsTypedArray()) {
    const Napi::Object lent = value.As<Napi::Object>();
    return {reinterpret_cast<uint8_t*>(lent.Get("address").ToNumber().Uint32Value()),
            lent.Get("length").ToNumber().Uint32Value(), uint8_t(lent.Get("elementBytes").ToNumber().Uint32Value())};
  }
#endif
  void* data = nullptr;
  const auto array = value.As<Napi::TypedArray>();
  napi_get_typedarray_info(value.Env(), value, nullptr, nullptr, &data, nullptr, nullptr);
  return {static_cast<uint8_t*>(data), array.ElementLength(), array.ElementSize()};
}

template <class T>
struct Array {
  T* data;
  size_t length;
};

template <class T>
Array<T> ArrayOf(const Napi::Value& value) {
  const ArrayBytes bytes = BytesOf(value);
  return {reinterpret_cast<T*>(bytes.data), bytes.length};
}

template <class T>
std::vector<T> VectorOf(const Napi::Value& value) {
  const Array<T> array = ArrayOf<T>(value);
  return {array.data, array.data + array.length};
}

// Null where there is none.
template <class T>
T* OptionalArray(const Napi::Value& value) {
  return value.IsUndefined() ? nullptr : ArrayOf<T>(value).data;
}

// A new array of JavaScript; from WebAssembly, where a copy lies that JavaScript takes over and frees.
template <class T>
Napi::Value CopyOf(Napi::Env env, const std::vector<T>& values) {
  const size_t bytes = values.size() * sizeof(T);
#if defined(__wasm__)
  void* const copy = std::malloc(bytes + 1);
  if (!copy) throw std::bad_alloc();
  if (bytes > 0) std::memcpy(copy, values.data(), bytes);
  Napi::Object lent = Napi::Object::New(env);
  lent["address"] = double(reinterpret_cast<uintptr_t>(copy));
  lent["length"] = double(values.size());
  lent["elementBytes"] = double(sizeof(T));
  return lent;
#else
  auto array = Napi::TypedArrayOf<T>::New(env, values.size());
  if (bytes > 0) std::memcpy(array.Data(), values.data(), bytes);
  return array;
#endif
}

}  // namespace zeroskip

#endif  // ZEROSKIP_BINDING_VALUES_ARRAYS_H_
