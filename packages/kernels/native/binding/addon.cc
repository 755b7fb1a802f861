// The JavaScript surface (src/addon.ts declares it). JavaScript validates; this translates.
#include <napi.h>

#include <iterator>
#include <limits>
#include <memory>

#include "binding/values/arrays.h"
#include "binding/guarded.h"
#include "binding/held.h"
#include "binding/job.h"
#include "binding/values/parse.h"
#include "binding/pattern.h"
#include "binding/program.h"
#include "binding/quantized.h"
#include "binding/roofline.h"
#include "binding/run.h"
#include "program/program.h"
#include "steps/steps.h"

namespace zeroskip {
namespace {

Napi::Value ListTargets(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::vector<TargetInfo> targets = Targets();
  Napi::Array out = Napi::Array::New(env, targets.size());
  for (size_t i = 0; i < targets.size(); ++i) {
    Napi::Object row = Napi::Object::New(env);
    row["name"] = targets[i].name;
    row["supported"] = targets[i].supported;
    row["selected"] = targets[i].selected;
    row["vectorBytes"] = targets[i].vector_bytes;
    out[uint32_t(i)] = row;
  }
  return out;
}

Napi::Value ChooseTarget(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), SelectTarget(info[0].As<Napi::String>()));
}

Napi::Value ListAlgorithms(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Array out = Napi::Array::New(env);
  for (const Algorithm* algorithm : Algorithms()) {
    Napi::Array parameters = Napi::Array::New(env);
    for (const Parameter& parameter : algorithm->parameters) {
      Napi::Array choices = Napi::Array::New(env);
      for (int choice : parameter.choices) choices[choices.Length()] = choice;
      Napi::Object row = Napi::Object::New(env);
      row["name"] = parameter.name;
      row["summary"] = parameter.summary;
      row["default"] = parameter.default_value;
      row["choices"] = choices;
      parameters[parameters.Length()] = row;
    }
    Napi::Object row = Napi::Object::New(env);
    row["id"] = algorithm->id;
    row["summary"] = algorithm->summary;
    row["sparse"] = algorithm->sparse;
    row["strict"] = algorithm->strict;
    row["byRows"] = algorithm->by_rows;
    row["parameters"] = parameters;
    out[out.Length()] = row;
  }
  return out;
}

// The names in functions.inc; `activations` are those that may be fused. `limits` are those of one element-wise step.
Napi::Value ListFunctions(const Napi::CallbackInfo& info) {
  const auto list = [&](const auto& names, const auto& is_listed) {
    Napi::Array out = Napi::Array::New(info.Env());
    for (size_t i = 0; i < std::size(names); ++i) {
      if (is_listed(i)) out[out.Length()] = names[i];
    }
    return out;
  };
  const auto all = [](size_t) { return true; };
  Napi::Object out = Napi::Object::New(info.Env());
  out["unary"] = list(kUnaryNames, all);
  out["activations"] = list(kUnaryNames, [](size_t i) { return kUnaryUses[i] != kAlone; });
  out["binary"] = list(kBinaryNames, all);
  Napi::Object limits = Napi::Object::New(info.Env());
  limits["inputs"] = ElementwiseCode::kMaxInputs;
  limits["instructions"] = ElementwiseCode::kMaxInstructions;
  out["limits"] = limits;
  return out;
}

const Algorithm& ParseAlgorithm(const Napi::Value& id) {
  const Algorithm* algorithm = FindAlgorithm(id.As<Napi::String>());
  if (!algorithm) throw Napi::Error::New(id.Env(), "Unknown algorithm.");
  return *algorithm;
}

Napi::Value RefusalOf(const Napi::CallbackInfo& info) {
  const InputSize in = {1, info[2].ToNumber().Int32Value(), info[3].ToNumber().Int32Value()};
  const char* reason = Refusal(ParseAlgorithm(info[0]), ParseConvSpec(info[1]), in, info[4].ToBoolean());
  return reason ? Napi::Value(Napi::String::New(info.Env(), reason)) : info.Env().Undefined();
}

ConvConfig ParseConfig(const Napi::Value& spec, const Napi::Array& parameters) {
  ConvConfig config = {ParseConvSpec(spec), SelectedTarget(), {}};
  for (uint32_t i = 0; i < parameters.Length(); ++i) {
    config.parameters.push_back(Napi::Value(parameters[i]).ToNumber().Int32Value());
  }
  return config;
}

// What estimates go by: the first nine arguments.
struct Estimated {
  ConvSpec spec;
  InputSize in;
  MapStatistics map;
  CoreRates core;
};

Estimated ParseEstimated(const Napi::CallbackInfo& info) {
  const auto number = [&](size_t i) { return info[i].ToNumber().DoubleValue(); };
  return {ParseConvSpec(info[0]),
          {int(number(1)), int(number(2)), int(number(3))},
          {number(4), number(5)},
          {number(6), number(7), number(8)}};
}

ConvConfig DefaultConfig(const ConvSpec& spec, const Algorithm& algorithm) {
  ConvConfig config = {spec, SelectedTarget(), {}};
  for (const Parameter& parameter : algorithm.parameters) config.parameters.push_back(parameter.default_value);
  return config;
}

Napi::Value EstimateSeconds(const Napi::CallbackInfo& info) {
  const auto [spec, in, map, core] = ParseEstimated(info);
  const Algorithm& algorithm = ParseAlgorithm(info[9]);
  return Napi::Number::New(info.Env(), algorithm.seconds(DefaultConfig(spec, algorithm), in, map, core));
}

// Of each algorithm in turn: seconds, and bytes of packed weights; of one that refuses the shape, an infinity and 0.
Napi::Value EstimateAll(const Napi::CallbackInfo& info) {
  const auto [spec, in, map, core] = ParseEstimated(info);
  const Array<double> out = ArrayOf<double>(info[9]);
  if (out.length != 2 * Algorithms().size()) {
    throw Napi::RangeError::New(info.Env(), "The array has not two numbers for each algorithm.");
  }
  double* to = out.data;
  for (const Algorithm* algorithm : Algorithms()) {
    const bool refuses = Refusal(*algorithm, spec, in, true) != nullptr;
    const ConvConfig config = DefaultConfig(spec, *algorithm);
    *to++ = refuses ? std::numeric_limits<double>::infinity() : algorithm->seconds(config, in, map, core);
    *to++ = refuses ? 0 : double(algorithm->packed_floats(config)) * sizeof(float);
  }
  return info.Env().Undefined();
}

Napi::Value CreateConvolution(const Napi::CallbackInfo& info) {
  ConvConfig config = ParseConfig(info[1], info[5].As<Napi::Array>());
  return Wrap(info.Env(), std::make_shared<Convolution>(ParseAlgorithm(info[0]), std::move(config),
                                                        ArrayOf<float>(info[2]).data, OptionalArray<float>(info[3]),
                                                        ParseActivation(info[4].As<Napi::Object>())));
}

Napi::Value ConvolutionBytes(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), double(Unwrap<Convolution>(info[0])->PackedBytes()));
}

Napi::Value WorkspaceBytes(const Napi::CallbackInfo& info) {
  const InputSize in = {info[1].ToNumber().Int32Value(), info[2].ToNumber().Int32Value(),
                        info[3].ToNumber().Int32Value()};
  const size_t bytes = Unwrap<Convolution>(info[0])->ScratchBytes(in, info[4].ToNumber().Int32Value());
  return Napi::Number::New(info.Env(), double(bytes));
}

// Weights are left out: those that an algorithm refuses are never packed.
Napi::Value ConvolutionRefusal(const Napi::CallbackInfo& info) {
  const InputSize in = {1, info[1].ToNumber().Int32Value(), info[2].ToNumber().Int32Value()};
  const char* reason = Unwrap<Convolution>(info[0])->Refusal(in);
  return reason ? Napi::Value(Napi::String::New(info.Env(), reason)) : info.Env().Undefined();
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  PrepareJobs(env);
  Export(exports, "targets", Guarded<ListTargets>);
  Export(exports, "selectTarget", Guarded<ChooseTarget>);
  Export(exports, "algorithms", Guarded<ListAlgorithms>);
  Export(exports, "functions", Guarded<ListFunctions>);
  Export(exports, "refusal", Guarded<RefusalOf>);
  Export(exports, "estimateSeconds", Guarded<EstimateSeconds>);
  Export(exports, "estimateAll", Guarded<EstimateAll>);
  Export(exports, "createConvolution", Guarded<CreateConvolution>);
  Export(exports, "releaseConvolution", Guarded<Release<Convolution>>);
  Export(exports, "convolutionBytes", Guarded<ConvolutionBytes>);
  Export(exports, "convolutionRefusal", Guarded<ConvolutionRefusal>);
  Export(exports, "workspaceBytes", Guarded<WorkspaceBytes>);
  ExportPatterns(exports);
  ExportProgram(exports);
  ExportQuantized(exports);
  ExportRoofline(exports);
  ExportRun(exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(zeroskip, Init)

}  // namespace zeroskip
