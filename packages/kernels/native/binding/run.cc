#include "binding/run.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "binding/guarded.h"
#include "binding/held.h"
#include "binding/job.h"
#include "binding/values/arrays.h"
#include "binding/values/parse.h"
#include "program/program.h"
#include "steps/steps.h"

namespace zeroskip {
namespace {

Napi::Value CreateArena(const Napi::CallbackInfo& info) {
  return Wrap(info.Env(), std::make_shared<Arena>(size_t(info[0].ToNumber().Int64Value())));
}

void CheckRange(const Napi::Env env, const Arena& arena, int64_t offset, int64_t length) {
  if (offset < 0 || length < 0 || uint64_t(offset) + uint64_t(length) > arena.buffer.Floats()) {
    throw Napi::RangeError::New(env, "The range lies outside the arena.");
  }
}

Napi::Value WriteArena(const Napi::CallbackInfo& info) {
  const auto arena = Unwrap<Arena>(info[0]);
  const int64_t offset = info[1].ToNumber().Int64Value();
  const Array<float> data = ArrayOf<float>(info[2]);
  CheckRange(info.Env(), *arena, offset, int64_t(data.length));
  if (data.length > 0) std::memcpy(arena->buffer.Data() + offset, data.data, data.length * sizeof(float));
  return info.Env().Undefined();
}

Napi::Value ReadArena(const Napi::CallbackInfo& info) {
  const auto arena = Unwrap<Arena>(info[0]);
  const int64_t offset = info[1].ToNumber().Int64Value();
  // Made by JavaScript: where there is no memory, Node-API's function for it ends the process.
  const Array<float> out = ArrayOf<float>(info[2]);
  CheckRange(info.Env(), *arena, offset, int64_t(out.length));
  if (out.length > 0) std::memcpy(out.data, arena->buffer.Data() + offset, out.length * sizeof(float));
  return info.Env().Undefined();
}

// Of each step and read, in the order of StepTrace in src/addon.ts.
constexpr size_t kTraceNumbers = 7;

// The views to copy, in the arena, with the arrays to copy them to.
std::vector<MapStep> ParseReads(const Napi::CallbackInfo& info, const Arena& arena) {
  const Array<double> numbers = ArrayOf<double>(info[7]);
  const Napi::Array arrays = info[8].As<Napi::Array>();
  const uint32_t count = arrays.Length();
  if (numbers.length != count * kViewNumbers) {
    throw Napi::RangeError::New(info.Env(), "The views are not as many as the arrays.");
  }
  std::vector<MapStep> reads;
  reads.reserve(count);
  const double* next = numbers.data;
  for (uint32_t i = 0; i < count; ++i) {
    const View view = ParseView(next);
    const Array<float> array = ArrayOf<float>(arrays[i]);
    const int64_t pixels = int64_t(view.n) * view.h * view.w;
    const int64_t last =
        (view.n - 1) * view.image_stride + (view.h - 1) * view.row_stride + (view.w - 1) * view.stride;
    CheckRange(info.Env(), arena, int64_t(view.offset), pixels == 0 ? 0 : last + view.c);
    if (int64_t(array.length) != pixels * view.c) {
      throw Napi::RangeError::New(info.Env(), "The array does not have the size of the view.");
    }
    MapStep read;
    read.in = {arena.buffer.Data() + view.offset, view.n,          view.h,           view.w, view.c,
               view.stride,                       view.row_stride, view.image_stride};
    read.out = {array.data, view.n, view.h, view.w, view.c, 0, 0, 0};
    reads.push_back(read);
  }
  return reads;
}

// Where the numbers of the traces go; nowhere unless JavaScript wants them.
Array<double> ParseTraces(const Napi::CallbackInfo& info, const Execution& execution) {
  if (info[9].IsUndefined()) return {nullptr, 0};
  const Array<double> numbers = ArrayOf<double>(info[9]);
  if (numbers.length < kTraceNumbers * (execution.to - execution.from + execution.reads.size())) {
    throw Napi::RangeError::New(info.Env(), "The array is too short for the traces.");
  }
  return numbers;
}

// Returns of how many steps and reads there are traces.
size_t WriteTraces(const std::vector<StepTrace>& traces, const Array<double>& numbers) {
  if (!numbers.data) return traces.size();
  double* to = numbers.data;
  for (const StepTrace& trace : traces) {
    const ConvTimes& conv = trace.conv;
    const double values[kTraceNumbers] = {trace.seconds * 1e3,    conv.encode * 1e3,       conv.compute * 1e3,
                                          double(conv.lowered),   double(conv.products),   double(trace.non_zeros),
                                          double(trace.dense)};
    to = std::copy_n(values, kTraceNumbers, to);
  }
  return traces.size();
}

// What the arguments of `execute` and `executeNow` ask for, but for the flag.
Execution ParseExecution(const Napi::CallbackInfo& info, const Program& program, const Arena& arena) {
  Execution execution;
  execution.from = size_t(info[2].ToNumber().Int64Value());
  execution.to = size_t(info[3].ToNumber().Int64Value());
  execution.threads = program.ThreadsFor(execution.from, execution.to, info[4].ToNumber().Int32Value());
  execution.count_non_zeros = info[6].ToBoolean();
  execution.timed = !info[9].IsUndefined();
  execution.reads = ParseReads(info, arena);
  if (!info[10].IsUndefined()) execution.seconds = info[10].ToNumber().DoubleValue() / 1e3;
  return execution;
}

Napi::Value Ran(Napi::Env env, size_t count) { return Napi::Number::New(env, double(count)); }

Napi::Value ExecuteNow(const Napi::CallbackInfo& info) {
  const auto program = Unwrap<Program>(info[0]);
  const auto arena = Unwrap<Arena>(info[1]);
  const Execution execution = ParseExecution(info, *program, *arena);
  const Array<double> numbers = ParseTraces(info, execution);
  return Ran(info.Env(), WriteTraces(program->Execute(*arena, execution), numbers));
}

Napi::Value Execute(const Napi::CallbackInfo& info) {
  const auto program = Unwrap<Program>(info[0]);
  const auto arena = Unwrap<Arena>(info[1]);
  Execution execution = ParseExecution(info, *program, *arena);
  const Array<double> numbers = ParseTraces(info, execution);
  int64_t largest_read = 0;
  for (const MapStep& read : execution.reads) {
    largest_read = std::max(largest_read, int64_t(read.in.Bytes() / sizeof(float)));
  }
  if (program->IsBrief(execution.from, execution.to, largest_read)) {
    return Ran(info.Env(), WriteTraces(program->Execute(*arena, execution), numbers));
  }
  // References keep the arrays for as long as the job. A SharedArrayBuffer cannot be detached, and no one else has the
  // other arrays yet.
  const auto kept = std::make_shared<std::vector<Napi::ObjectReference>>();
  kept->push_back(Napi::Persistent(info[8].As<Napi::Object>()));
  if (numbers.data) kept->push_back(Napi::Persistent(info[9].As<Napi::Object>()));
  if (!info[5].IsUndefined()) {
    kept->push_back(Napi::Persistent(info[5].As<Napi::Object>()));
    execution.abort = ArrayOf<const std::atomic<int32_t>>(info[5]).data;
  }
  const auto ran = std::make_shared<size_t>();
  return StartJob(
      info.Env(), [=] { *ran = WriteTraces(program->Execute(*arena, execution), numbers); },
      [ran, kept](Napi::Env env) { return Ran(env, *ran); });
}

Napi::Value IsBrief(const Napi::CallbackInfo& info) {
  const auto program = Unwrap<Program>(info[0]);
  const bool is_brief = program->IsBrief(size_t(info[1].ToNumber().Int64Value()),
                                         size_t(info[2].ToNumber().Int64Value()), info[3].ToNumber().Int64Value());
  return Napi::Boolean::New(info.Env(), is_brief);
}

Napi::Value TimeConvolutions(const Napi::CallbackInfo& info) {
  const auto program = Unwrap<Program>(info[0]);
  const auto arena = Unwrap<Arena>(info[1]);
  const size_t step = size_t(info[2].ToNumber().Int64Value());
  const Napi::Array natives = info[3].As<Napi::Array>();
  std::vector<std::shared_ptr<Convolution>> contenders;
  for (uint32_t i = 0; i < natives.Length(); ++i) contenders.push_back(Unwrap<Convolution>(natives[i]));
  const int rounds = info[4].ToNumber(), threads = info[5].ToNumber();
  const auto times = std::make_shared<std::vector<std::vector<ConvSample>>>();
  return StartJob(
      info.Env(), [=] { *times = program->TimeConvolutions(*arena, step, contenders, rounds, threads); },
      [times](Napi::Env env) -> Napi::Value {
        Napi::Array out = Napi::Array::New(env, times->size());
        for (size_t i = 0; i < times->size(); ++i) {
          const std::vector<ConvSample>& samples = (*times)[i];
          std::vector<double> ms, encode, compute;
          for (const ConvSample& sample : samples) {
            ms.push_back(sample.seconds * 1e3);
            encode.push_back(sample.parts.encode * 1e3);
            compute.push_back(sample.parts.compute * 1e3);
          }
          Napi::Object row = Napi::Object::New(env);
          row["ms"] = CopyOf(env, ms);
          row["encodeMs"] = CopyOf(env, encode);
          row["computeMs"] = CopyOf(env, compute);
          out[uint32_t(i)] = row;
        }
        return out;
      });
}

}  // namespace

void ExportRun(Napi::Object exports) {
  Export(exports, "createArena", Guarded<CreateArena>);
  Export(exports, "releaseArena", Guarded<Release<Arena>>);
  Export(exports, "writeArena", Guarded<WriteArena>);
  Export(exports, "readArena", Guarded<ReadArena>);
  Export(exports, "execute", Guarded<Execute>);
  Export(exports, "executeNow", Guarded<ExecuteNow>);
  Export(exports, "isBrief", Guarded<IsBrief>);
  Export(exports, "timeConvolutions", Guarded<TimeConvolutions>);
}

}  // namespace zeroskip
