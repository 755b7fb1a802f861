#include "binding/program.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "binding/values/arrays.h"
#include "binding/guarded.h"
#include "binding/held.h"
#include "binding/values/parse.h"
#include "floats/floats.h"
#include "program/pages.h"
#include "program/program.h"

namespace zeroskip {
namespace {

using Constants = const Buffer;

std::shared_ptr<Constants> Copied(const Napi::Value& values) {
  const Array<float> from = ArrayOf<float>(values);
  const auto to = std::make_shared<Buffer>(from.length);
  std::copy_n(from.data, from.length, to->Data());
  return to;
}

Napi::Value Commit(const Napi::CallbackInfo& info) {
  const ArrayBytes array = BytesOf(info[0]);
  CommitPages(array.data, array.Bytes());
  return info.Env().Undefined();
}

Napi::Value CreateConstants(const Napi::CallbackInfo& info) {
  return Wrap(info.Env(), Copied(info[0]));
}

Napi::Value CreateProgram(const Napi::CallbackInfo& info) {
  const Napi::Array steps = info[0].As<Napi::Array>();
  const Array<double> views = ArrayOf<double>(info[1]);
  const double* numbers = views.data;
  std::vector<Step> parsed;
  parsed.reserve(steps.Length());
  for (uint32_t i = 0; i < steps.Length(); ++i) {
    const Napi::Object step = Napi::Value(steps[i]).As<Napi::Object>();
    const auto convolution = [&](const char* key) {
      return step.Has(key) ? Unwrap<Convolution>(step.Get(key)) : nullptr;
    };
    parsed.push_back(ParseStep(step, numbers, convolution("convolution"), convolution("dense")));
  }
  if (size_t(numbers - views.data) != views.length) {
    throw Napi::RangeError::New(info.Env(), "The views are not those of the steps.");
  }
  auto shared = info[3].IsUndefined() ? nullptr : Unwrap<Constants>(info[3]);
  return Wrap(info.Env(), std::make_shared<Program>(std::move(parsed), std::move(shared), Copied(info[2])));
}

Napi::Value ProgramBytes(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), double(Unwrap<Program>(info[0])->Bytes()));
}

Napi::Value WidenFloat16(const Napi::CallbackInfo& info) {
  const Array<uint16_t> halves = ArrayOf<uint16_t>(info[0]);
  const Array<float> out = ArrayOf<float>(info[1]);
  if (out.length != halves.length) {
    throw Napi::RangeError::New(info.Env(), "The arrays have different lengths.");
  }
  WidenHalvesFor(SelectedTarget())(halves.data, halves.length, out.data);
  return info.Env().Undefined();
}

Napi::Value ValuesWithin(const Napi::CallbackInfo& info) {
  const Array<float> values = ArrayOf<float>(info[0]);
  const float limit = info[1].ToNumber();
  return Napi::Boolean::New(info.Env(),
                            AllWithinFor(SelectedTarget())(values.data, values.length, limit));
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
