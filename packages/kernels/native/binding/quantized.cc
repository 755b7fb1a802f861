#include "binding/quantized.h"

#include <memory>

#include "binding/values/arrays.h"
#include "binding/guarded.h"
#include "binding/held.h"
#include "binding/values/parse.h"
#include "quantized/quantized.h"

namespace zeroskip {
namespace {

Napi::Value CreateQuantized(const Napi::CallbackInfo& info) {
  const QuantizedConvolution::Parts parts = {ArrayOf<uint8_t>(info[1]).data,
                                             info[2].ToBoolean(),
                                             OptionalArray<int32_t>(info[3]),
                                             OptionalArray<int32_t>(info[4]),
                                             OptionalArray<float>(info[5]),
                                             OptionalArray<float>(info[6]),
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
