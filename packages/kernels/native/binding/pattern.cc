#include "binding/pattern.h"

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "algorithms/pattern/pattern.h"
#include "binding/values/arrays.h"
#include "binding/guarded.h"
#include "binding/held.h"
#include "binding/job.h"
#include "binding/values/parse.h"
#include "paper/protocol.h"
#include "program/convolution.h"
#include "steps/steps.h"

namespace zeroskip {
namespace {

PatternKind ParseKind(const Napi::Value& value) {
  const std::string id = value.As<Napi::String>();
  if (id == "cpo") return PatternKind::kCpo;
  if (id == "cps-column") return PatternKind::kCpsColumn;
  throw Napi::Error::New(value.Env(), "Unknown format " + id + ".");
}

IndexArray ParseIndices(const Napi::Value& value) {
  const ArrayBytes array = BytesOf(value);
  return {array.data, array.element_bytes};
}

// A map that was encoded, with its memory.
struct Encoded {
  PatternLayout layout;
  std::unique_ptr<Buffer> memory;
  std::unique_ptr<PatternEncoding> encoding;
};

// Of a map in C, H, W order. Resolves to a handle for ReadEncoded, and what its arrays are: names, lengths, and the
// bytes of an element.
Napi::Value EncodeMap(const Napi::CallbackInfo& info) {
  const PatternKind kind = ParseKind(info[0]);
  const ConvSpec spec = ParseConvSpec(info[1]);
  const int h = info[2].ToNumber().Int32Value();
  const int w = info[3].ToNumber().Int32Value();
  const int threads = info[5].ToNumber().Int32Value();
  const auto kept = std::make_shared<Napi::ObjectReference>(Napi::Persistent(info[4].As<Napi::Object>()));
  const PatternSource source = {ArrayOf<float>(info[4]).data, w, 1, ptrdiff_t(h) * w, spec.in_c};
  const int target = SelectedTarget();
  const auto encoded = std::make_shared<Encoded>(Encoded{PatternLayout(kind, spec, h, w), nullptr, nullptr});
  return StartJob(
      info.Env(),
      [=] {
        Carver counter(nullptr);
        LayOut(&encoded->layout, &counter);
        PatternEncoding(encoded->layout, spec.in_c, &counter);
        encoded->memory = std::make_unique<Buffer>(counter.Used() / sizeof(float));
        Carver carver(reinterpret_cast<char*>(encoded->memory->Data()));
        LayOut(&encoded->layout, &carver);
        encoded->encoding = std::make_unique<PatternEncoding>(encoded->layout, spec.in_c, &carver);
        PatternEncodeFor(target)(encoded->layout, source, threads, encoded->encoding.get());
      },
      [=](Napi::Env env) -> Napi::Value {
        kept->Reset();
        const PatternArrays& map = encoded->encoding->arrays;
        Napi::Object out = Napi::Object::New(env);
        out["handle"] = Wrap(env, encoded);
        out["flagged"] = double(map.flagged);
        out["cells"] = encoded->layout.cell_count;
        out["entries"] = double(map.entry_count);
        out["values"] = double(map.value_count);
        out["startBytes"] = map.channel_starts.bytes;
        out["valueStartBytes"] = map.value_starts.bytes;
        out["endBytes"] = map.cell_ends.bytes;
        out["entryBytes"] = map.entries.bytes;
        return out;
      });
}

// Copies one array of an encoded map, which is as long as it: made by JavaScript, since where there is no memory,
// Node-API's functions for arrays end the process.
void CopyArray(const Napi::Object& arrays, const char* name, const void* from) {
  const Napi::Value value = arrays.Get(name);
  if (value.IsUndefined()) return;
  const ArrayBytes to = BytesOf(value);
  if (to.length > 0) std::memcpy(to.data, from, to.Bytes());
}

// Fills the arrays, and lets go of the memory.
Napi::Value ReadEncoded(const Napi::CallbackInfo& info) {
  const auto encoded = Unwrap<Encoded>(info[0]);
  const Napi::Object arrays = info[1].As<Napi::Object>();
  const PatternArrays& map = encoded->encoding->arrays;
  CopyArray(arrays, "channelFlags", map.channel_flags);
  CopyArray(arrays, "channelStarts", map.channel_starts.data);
  CopyArray(arrays, "valueStarts", map.value_starts.data);
  CopyArray(arrays, "cellEnds", map.cell_ends.data);
  CopyArray(arrays, "indices", map.entries.data);
  CopyArray(arrays, "words", map.entries.data);
  CopyArray(arrays, "values", map.values);
  Holder<Encoded>(info[0]).reset();
  return info.Env().Undefined();
}

// The arrays are those of a format, which is checked; nobody else has them.
Napi::Value ConvolveEncoded(const Napi::CallbackInfo& info) {
  const auto convolution = Unwrap<Convolution>(info[0]);
  const PatternKind kind = ParseKind(info[1]);
  const int h = info[2].ToNumber().Int32Value();
  const int w = info[3].ToNumber().Int32Value();
  const Napi::Object arrays = info[4].As<Napi::Object>();
  const int threads = info[6].ToNumber().Int32Value();
  const bool is_cpo = kind == PatternKind::kCpo;
  PatternArrays map;
  map.channel_flags = ArrayOf<uint8_t>(arrays.Get("channelFlags")).data;
  map.channel_starts = ParseIndices(arrays.Get("channelStarts"));
  if (!is_cpo) map.value_starts = ParseIndices(arrays.Get("valueStarts"));
  map.cell_ends = ParseIndices(arrays.Get("cellEnds"));
  const Napi::Value entries = arrays.Get(is_cpo ? "indices" : "words");
  const Array<float> values = ArrayOf<float>(arrays.Get("values"));
  map.entries = ParseIndices(entries);
  map.values = values.data;
  map.flagged = BytesOf(arrays.Get("channelStarts")).length - 1;
  map.entry_count = BytesOf(entries).length;
  map.value_count = values.length;
  const ConvSpec& spec = convolution->Config().spec;
  const MapView out = {ArrayOf<float>(info[5]).data, 1, spec.OutH(h), spec.OutW(w), spec.out_c, 0, 0, 0};
  const auto kept = std::make_shared<std::vector<Napi::ObjectReference>>();
  kept->push_back(Napi::Persistent(arrays));
  kept->push_back(Napi::Persistent(info[5].As<Napi::Object>()));
  const auto times = std::make_shared<ConvTimes>();
  return StartJob(
      info.Env(), [=] { convolution->RunEncoded(kind, map, h, w, out, threads, times.get()); },
      [times, kept](Napi::Env env) -> Napi::Value {
        Napi::Object work = Napi::Object::New(env);
        work["products"] = double(times->products);
        work["bytes"] = double(times->lowered);
        return work;
      });
}

Napi::Value TimePaperMethods(const Napi::CallbackInfo& info) {
  const auto map = std::make_shared<std::vector<float>>(VectorOf<float>(info[0]));
  const auto filter = std::make_shared<std::vector<float>>(VectorOf<float>(info[3]));
  const PaperLayer layer = {map->data(), info[1].ToNumber().Int32Value(), info[2].ToNumber().Int32Value(),
                            filter->data(), info[4].ToNumber().Int32Value(), info[5].ToNumber().Int32Value()};
  const int rounds = info[6].ToNumber().Int32Value();
  const int target = SelectedTarget();
  const auto samples = std::make_shared<std::vector<PaperSamples>>();
  return StartJob(
      info.Env(), [=, held = std::pair(map, filter)] { *samples = TimePaperProtocol(layer, target, rounds); },
      [samples](Napi::Env env) -> Napi::Value {
        Napi::Array out = Napi::Array::New(env, samples->size());
        for (size_t i = 0; i < samples->size(); ++i) {
          const PaperSamples& of = (*samples)[i];
          std::vector<double> lower, multiply;
          for (double seconds : of.lower) lower.push_back(seconds * 1e3);
          for (double seconds : of.multiply) multiply.push_back(seconds * 1e3);
          Napi::Object row = Napi::Object::New(env);
          row["method"] = kPaperMethods[i];
          row["lowerMs"] = CopyOf(env, lower);
          row["multiplyMs"] = CopyOf(env, multiply);
          row["result"] = CopyOf(env, of.out);
          out[uint32_t(i)] = row;
        }
        return out;
      });
}

}  // namespace

void ExportPatterns(Napi::Object exports) {
  Export(exports, "encodeMap", Guarded<EncodeMap>);
  Export(exports, "readEncoded", Guarded<ReadEncoded>);
  Export(exports, "convolveEncoded", Guarded<ConvolveEncoded>);
  Export(exports, "timePaperMethods", Guarded<TimePaperMethods>);
}

}  // namespace zeroskip
