#include "binding/program.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "binding/guarded.h"
#include "binding/held.h"
#include "binding/parse.h"
#include "floats/floats.h"
#include "program/pages.h"
#include "program/program.h"

namespace zeroskip {
namespace {

using Constants = const Buffer;

std::shared_ptr<Constants> Copied(const Napi::Value& values) {
  const Napi::Float32Array from = values.As<Napi::Float32Array>();
  const auto to = std::make_shared<Buffer>(from.ElementLength());
  std::copy_n(from.Data(), from.ElementLength(), to->Data());
  return to;
}

Napi::Value Commit(const Napi::CallbackInfo& info) {
  const auto array = info[0].As<Napi::TypedArray>();
  CommitPages(static_cast<char*>(array.ArrayBuffer().Data()) + array.ByteOffset(), array.ByteLength());
  return info.Env().Undefined();
}

Napi::Value CreateConstants(const Napi::CallbackInfo& info) {
  return Wrap(info.Env(), Copied(info[0]));
}

Napi::Value CreateProgram(const Napi::CallbackInfo& info) {
  const Napi::Array steps = info[0].As<Napi::Array>();
  const Napi::Float64Array views = info[1].As<Napi::Float64Array>();
  const double* numbers = views.Data();
  std::vector<Step> parsed;
  parsed.reserve(steps.Length());
  for (uint32_t i = 0; i < steps.Length(); ++i) {
    const Napi::Object step = Napi::Value(steps[i]).As<Napi::Object>();
    const auto convolution = [&](const char* key) {
      return step.Has(key) ? Unwrap<Convolution>(step.Get(key)) : nullptr;
    };
    parsed.push_back(ParseStep(step, numbers, convolution("convolution"), convolution("dense")));
  }
  if (size_t(numbers - views.Data()) != views.ElementLength()) {
    throw Napi::RangeError::New(info.Env(), "The views are not those of the steps.");
  }
  auto shared = info[3].IsUndefined() ? nullptr : Unwrap<Constants>(info[3]);
  return Wrap(info.Env(), std::make_shared<Program>(std::move(parsed), std::move(shared), Copied(info[2])));
}

Napi::Value ProgramBytes(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), double(Unwrap<Program>(info[0])->Bytes()));
}

Napi::Value WidenFloat16(const Napi::CallbackInfo& info) {
  const auto halves = info[0].As<Napi::Uint16Array>();
  auto out = info[1].As<Napi::Float32Array>();
  if (out.ElementLength() != halves.ElementLength()) {
    throw Napi::RangeError::New(info.Env(), "The arrays have different lengths.");
  }
  WidenHalvesFor(SelectedTarget())(halves.Data(), halves.ElementLength(), out.Data());
  return info.Env().Undefined();
}

Napi::Value ValuesWithin(const Napi::CallbackInfo& info) {
  const auto values = info[0].As<Napi::Float32Array>();
  const float limit = info[1].ToNumber();
  return Napi::Boolean::New(info.Env(),
                            AllWithinFor(SelectedTarget())(values.Data(), values.ElementLength(), limit));
}

}  // namespace

void ExportProgram(Napi::Object exports) {
  Export(exports, "widenFloat16", Guarded<WidenFloat16>);
  Export(exports, "allWithin", Guarded<ValuesWithin>);
  Export(exports, "commit", Guarded<Commit>);
  Export(exports, "createConstants", Guarded<CreateConstants>);
  Export(exports, "releaseConstants", Guarded<Release<Constants>>);
  Export(exports, "createProgram", Guarded<CreateProgram>);
  Export(exports, "programBytes", Guarded<ProgramBytes>);
  Export(exports, "releaseProgram", Guarded<Release<Program>>);
}

}  // namespace zeroskip
