#include "binding/roofline.h"

#include "binding/guarded.h"
#include "binding/held.h"
#include "binding/job.h"
#include "roofline/meter.h"
#include "target/target.h"

namespace zeroskip {
namespace {

MeterKind ParseKind(const Napi::Value& value) {
  const std::string name = value.As<Napi::String>();
  if (name == "fma") return MeterKind::kFma;
  if (name == "read") return MeterKind::kRead;
  if (name == "triad") return MeterKind::kTriad;
  throw Napi::Error::New(value.Env(), "Unknown kind of meter.");
}

Napi::Value CreateMeter(const Napi::CallbackInfo& info) {
  const MeterKind kind = ParseKind(info[0]);
  const size_t bytes = size_t(info[1].ToNumber().Int64Value());
  const int threads = info[2].ToNumber().Int32Value();
  const int target = SelectedTarget();
  const auto meter = std::make_shared<std::shared_ptr<Meter>>();
  return StartJob(
      info.Env(), [=] { *meter = std::make_shared<Meter>(kind, bytes, threads, target); },
      [meter](Napi::Env env) -> Napi::Value { return Wrap(env, std::move(*meter)); });
}

Napi::Value MeterWork(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), double(Unwrap<Meter>(info[0])->WorkPerLoop()));
}

Napi::Value RunMeter(const Napi::CallbackInfo& info) {
  const auto meter = Unwrap<Meter>(info[0]);
  const int64_t loops = info[1].ToNumber().Int64Value();
  const auto seconds = std::make_shared<double>();
  return StartJob(
      info.Env(), [=] { *seconds = meter->Run(loops); },
      [seconds](Napi::Env env) -> Napi::Value { return Napi::Number::New(env, *seconds); });
}

}  // namespace

void ExportRoofline(Napi::Object exports) {
  Export(exports, "createMeter", Guarded<CreateMeter>);
  Export(exports, "meterWork", Guarded<MeterWork>);
  Export(exports, "runMeter", Guarded<RunMeter>);
  Export(exports, "releaseMeter", Guarded<Release<Meter>>);
}

}  // namespace zeroskip
