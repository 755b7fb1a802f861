#include "binding/quantized.h"

#include <memory>

#include "binding/guarded.h"
#include "binding/held.h"
#include "binding/parse.h"
#include "quantized/quantized.h"

namespace zeroskip {
namespace {

const int32_t* Integers(const Napi::Value& value) {
  return value.IsUndefined() ? nullptr : value.As<Napi::Int32Array>().Data();
}
const float* Floats(const Napi::Value& value) {
  return value.IsUndefined() ? nullptr : value.As<Napi::Float32Array>().Data();
}

Napi::Value CreateQuantized(const Napi::CallbackInfo& info) {
  const QuantizedConvolution::Parts parts = {info[1].As<Napi::Uint8Array>().Data(),
                                             info[2].ToBoolean(),
                                             Integers(info[3]),
                                             Integers(info[4]),
                                             Floats(info[5]),
                                             Floats(info[6]),
                                             ParseQuantizedEnd(info[7].As<Napi::Object>())};
  return Wrap(info.Env(), std::make_shared<QuantizedConvolution>(ParseConvSpec(info[0]), SelectedTarget(), parts));
}

Napi::Value QuantizedBytes(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), double(Unwrap<QuantizedConvolution>(info[0])->PackedBytes()));
}

}  // namespace

void ExportQuantized(Napi::Object exports) {
  Export(exports, "createQuantized", Guarded<CreateQuantized>);
  Export(exports, "quantizedBytes", Guarded<QuantizedBytes>);
  Export(exports, "releaseQuantized", Guarded<Release<QuantizedConvolution>>);
}

}  // namespace zeroskip
