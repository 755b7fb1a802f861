#include "program/program.h"

#include <algorithm>

#include "parallel/timer.h"

namespace zeroskip {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

bool IsEmpty(const MapView& map) { return map.n == 0 || map.h == 0 || map.w == 0 || map.c == 0; }

InputSize SizeOf(const View& view) { return {view.n, view.h, view.w}; }

// The share of `map` that is not zero, by every fourth row of large ones: reading all would take a few percent of a
// convolution.
double SampledDensity(const MapView& map, int target, int threads) {
  const int row_step = map.h < 16 ? 1 : 4;
  const int rows = (map.h + row_step - 1) / row_step;
  const double values = double(map.n) * rows * map.w * map.c;
  return values == 0 ? 0 : double(CountNonZerosFor(target)(map, row_step, threads)) / values;
}

size_t ScratchFloats(const Convolution& convolution, const View& in, int threads) {
  return convolution.ScratchBytes(SizeOf(in), threads) / sizeof(float);
}

}  // namespace

Program::Program(std::vector<Step> steps, std::shared_ptr<const std::vector<float>> shared,
                 std::vector<float> constants)
    : steps_(std::move(steps)), shared_(std::move(shared)), constants_(std::move(constants)) {}

size_t Program::Bytes() const {
  size_t bytes = steps_.size() * sizeof(Step) + constants_.size() * sizeof(float);
  for (const Step& step : steps_) {
    bytes += step.views.size() * sizeof(View);
    const auto* resize = std::get_if<ResizeStep>(&step.operation);
    if (!resize) continue;
    for (const ResizeAxis* axis : {&resize->rows, &resize->columns}) {
      bytes += axis->low.size() * (2 * sizeof(int) + sizeof(float));
    }
  }
  return bytes;
}

MapView Program::Bind(const View& view, const Arena& arena) const {
  const auto bound = [&](const float* base, size_t offset) -> MapView {
    return {const_cast<float*>(base) + offset, view.n,          view.h,           view.w, view.c,
            view.stride,                       view.row_stride, view.image_stride};
  };
  if (!view.constant) return bound(arena.buffer.Data(), view.offset);
  const size_t shared = shared_ ? shared_->size() : 0;
  if (view.offset < shared) return bound(shared_->data(), view.offset);
  return bound(constants_.data(), view.offset - shared);
}

std::vector<StepTrace> Program::Execute(Arena& arena, size_t from, size_t to, int threads,
                                        const std::atomic<int32_t>* abort, bool count_non_zeros) const {
  // One workspace for all steps: a run allocates at most once, a step never.
  size_t scratch_floats = 0;
  for (size_t i = from; i < to; ++i) {
    if (const auto* elementwise = std::get_if<ElementwiseStep>(&steps_[i].operation)) {
      scratch_floats = std::max(scratch_floats, elementwise->code.ScratchFloats() * size_t(threads));
    }
    if (std::holds_alternative<MatMulStep>(steps_[i].operation)) {
      scratch_floats = std::max(scratch_floats, kMatMulScratchFloats * size_t(threads));
    }
    if (const auto* conv = std::get_if<ConvStep>(&steps_[i].operation)) {
      for (const Convolution* convolution : {conv->convolution.get(), conv->dense.get()}) {
        if (!convolution) continue;
        scratch_floats = std::max(scratch_floats, ScratchFloats(*convolution, steps_[i].views[0], threads));
      }
    }
  }
  char* const scratch = arena.Scratch(scratch_floats);
  const int target = SelectedTarget();
  std::vector<StepTrace> traces;
  traces.reserve(to - from);
  for (size_t i = from; i < to && abort->load(std::memory_order_relaxed) == 0; ++i) {
    const Step& step = steps_[i];
    const MapView first = Bind(step.views[0], arena);
    const MapView out = Bind(step.views.back(), arena);
    const MapView second = step.views.size() == 3 ? Bind(step.views[1], arena) : MapView{};
    StepTrace trace;
    const Timer timer;
    if (IsEmpty(out)) {
      traces.push_back(trace);
      continue;
    }
    std::visit(Overloaded{
                   [&](const ConvStep& s) {
                     trace.dense = s.dense && SampledDensity(first, target, threads) > s.dense_above;
                     const Convolution& convolution = trace.dense ? *s.dense : *s.convolution;
                     convolution.Run(first, second, s.add_first, out, scratch, threads, &trace.conv);
                     trace.seconds = timer.Seconds();
                     if (count_non_zeros) trace.non_zeros = CountNonZerosFor(target)(first, 1, threads);
                   },
                   [&](PoolStep s) {
                     s.in = first, s.out = out;
                     RunPoolFor(target)(s, threads);
                   },
                   [&](const ElementwiseStep& s) {
                     MapView in[ElementwiseCode::kMaxInputs];
                     for (int k = 0; k < s.code.Inputs(); ++k) in[k] = Bind(step.views[size_t(k)], arena);
                     RunElementwiseFor(target)(s.code, in, out, reinterpret_cast<float*>(scratch), threads);
                   },
                   [&](MatMulStep s) {
                     s.a = first, s.b = second, s.out = out;
                     RunMatMulFor(target)(s, reinterpret_cast<float*>(scratch), threads);
                   },
                   [&](ResizeStep s) {
                     s.in = first, s.out = out;
                     RunResizeFor(target)(s, threads);
                   },
                   [&](const ToChannelsLastStep&) { RunToChannelsLastFor(target)({first, out}, threads); },
                   [&](const ToChannelsFirstStep&) { RunToChannelsFirstFor(target)({first, out}, threads); },
                   [&](const SoftmaxStep&) { RunSoftmaxFor(target)({first, out}, threads); },
               },
               step.operation);
    if (trace.seconds == 0) trace.seconds = timer.Seconds();
    traces.push_back(trace);
  }
  return traces;
}

std::vector<std::vector<ConvSample>> Program::TimeConvolutions(
    Arena& arena, size_t step, const std::vector<std::shared_ptr<Convolution>>& contenders, int rounds,
    int threads) const {
  const std::vector<View>& views = steps_[step].views;
  const MapView in = Bind(views[0], arena);
  const MapView out = Bind(views.back(), arena);
  const MapView addend = views.size() == 3 ? Bind(views[1], arena) : MapView{};
  const bool add_first = std::get<ConvStep>(steps_[step].operation).add_first;
  size_t scratch_floats = 0;
  for (const auto& contender : contenders) {
    scratch_floats = std::max(scratch_floats, ScratchFloats(*contender, views[0], threads));
  }
  char* const scratch = arena.Scratch(scratch_floats);
  std::vector<std::vector<ConvSample>> samples(contenders.size());
  for (int round = 0; round < rounds; ++round) {
    for (size_t i = 0; i < contenders.size(); ++i) {
      ConvSample sample;
      const Timer timer;
      if (!IsEmpty(out)) contenders[i]->Run(in, addend, add_first, out, scratch, threads, &sample.parts);
      sample.seconds = timer.Seconds();
      samples[i].push_back(sample);
    }
  }
  return samples;
}

}  // namespace zeroskip
