#include "program/program.h"

#include <algorithm>
#include <cmath>

#include "parallel/thread_pool.h"
#include "parallel/timer.h"

namespace zeroskip {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

bool IsEmpty(const MapView& map) { return map.n == 0 || map.h == 0 || map.w == 0 || map.c == 0; }

// The share of `map` that is not zero, by every fourth row of large ones: reading all would take a few percent of a
// convolution.
double SampledDensity(const MapView& map, int target, int threads) {
  const int row_step = map.h < 16 ? 1 : 4;
  const int rows = (map.h + row_step - 1) / row_step;
  const double values = double(map.n) * rows * map.w * map.c;
  return values == 0 ? 0 : double(CountNonZerosFor(target)(map, row_step, threads)) / values;
}

// What runs on the calling thread: maps of at most that many elements, and that many operations in all for each lane
// of a vector, which take about a millisecond at most. Waking another thread, then this one, costs a part of it.
constexpr int64_t kBriefElements = 1 << 17;
constexpr int64_t kBriefWork = 1 << 21;
// What is done before another thread would be awake, by the same measure.
constexpr int64_t kTinyWork = 1 << 17;

}  // namespace

Program::Program(std::vector<Step> steps, std::shared_ptr<const Buffer> shared,
                 std::shared_ptr<const Buffer> constants)
    : steps_(std::move(steps)), shared_(std::move(shared)), constants_(std::move(constants)) {}

size_t Program::Bytes() const {
  size_t bytes = steps_.size() * sizeof(Step) + constants_->Floats() * sizeof(float);
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
    const char* const first = reinterpret_cast<const char*>(base) + offset * BytesOf(view.how.element);
    float* const data = reinterpret_cast<float*>(const_cast<char*>(first));
    return {data, view.n, view.h, view.w, view.c, view.stride, view.row_stride, view.image_stride};
  };
  if (!view.constant) return bound(arena.buffer.Data(), view.offset);
  const size_t shared = shared_ ? shared_->Floats() : 0;
  if (view.offset < shared) return bound(shared_->Data(), view.offset);
  return bound(constants_->Data(), view.offset - shared);
}

int64_t Program::WorkPerLane(size_t from, size_t to) const {
  int64_t work = 0;
  for (size_t i = from; i < to; ++i) work += WorkOf(steps_[i]);
  return work / VectorLanes(SelectedTarget());
}

bool Program::IsBrief(size_t from, size_t to, int64_t largest_read) const {
  if (!kHasThreads) return true;
  const auto is_large = [](const View& view) { return !view.constant && Elements(view) > kBriefElements; };
  for (size_t i = from; i < to; ++i) {
    const std::vector<View>& views = steps_[i].views;
    if (std::any_of(views.begin(), views.end(), is_large)) return false;
  }
  return largest_read <= kBriefElements && WorkPerLane(from, to) <= kBriefWork;
}

int Program::ThreadsFor(size_t from, size_t to, int threads) const {
  return threads == 1 || WorkPerLane(from, to) <= kTinyWork ? 1 : threads;
}

void Program::RunQuantizedConv(const QuantizedConvStep& conv, const Step& step, Arena& arena, char* scratch,
                               int threads, StepTrace* trace) const {
  const std::vector<View>& views = step.views;
  const auto bound = [&](size_t index) { return Bind(views[index], arena); };
  Quantization how = views[0].how;
  const bool is_float = how.IsFloat();
  float scale = 1;
  if (conv.is_dynamic) {
    scale = *bound(1).data;
    if (is_float) how = {Element::kUint8, scale, 0};
    const uint8_t zero = *AsBytes(bound(2)).data;
    how.zero = how.IsSigned() ? int8_t(zero) : zero;
  }
  const size_t added = conv.is_dynamic ? 3 : 1;
  const MapView addend = conv.adds ? bound(added) : MapView{};
  const Quantization addend_how = conv.adds ? views[added].how : Quantization{};
  const int workers = ThreadsOf(conv.convolution->Spec(), views.back(), threads);
  conv.convolution->Run({how, is_float, scale, bound(0), bound(views.size() - 1), addend, views.back().how, addend_how,
                         conv.add_first},
                        scratch, workers, &trace->conv);
}

void Program::RunStep(const Step& step, Arena& arena, char* scratch, const Execution& execution,
                      StepTrace* trace) const {
  const int target = SelectedTarget();
  const int threads = execution.threads;
  const MapView first = Bind(step.views[0], arena);
  const MapView out = Bind(step.views.back(), arena);
  const MapView second = step.views.size() == 3 ? Bind(step.views[1], arena) : MapView{};
  const Quantization& how = step.views[0].how;
  if (IsEmpty(out)) return;
  trace->conv.timed = execution.timed;
  const Timer timer(execution.timed);
  std::visit(Overloaded{
                 [&](const ConvStep& s) {
                   trace->dense = s.dense && SampledDensity(first, target, threads) > s.dense_above;
                   const Convolution& convolution = trace->dense ? *s.dense : *s.convolution;
                   const int workers = ThreadsOf(s.convolution->Config().spec, step.views.back(), threads);
                   convolution.Run(first, second, s.add_first, out, scratch, workers, &trace->conv);
                   trace->seconds = timer.Seconds();
                   if (execution.count_non_zeros) trace->non_zeros = CountNonZerosFor(target)(first, 1, threads);
                 },
                 [&](PoolStep s) {
                   s.in = first, s.out = out;
                   if (how.IsFloat()) return RunPoolFor(target)(s, threads);
                   RunBytePoolFor(target)(s, how.IsSigned(), threads);
                 },
                 [&](const ElementwiseStep& s) {
                   MapView in[ElementwiseCode::kMaxInputs];
                   Quantization all[ElementwiseCode::kMaxInputs + 1];
                   for (int k = 0; k < s.code.Inputs(); ++k) in[k] = Bind(step.views[size_t(k)], arena);
                   for (int k = 0; k <= s.code.Inputs(); ++k) all[k] = step.views[size_t(k)].how;
                   RunElementwiseFor(target)(s.code, in, all, out, reinterpret_cast<float*>(scratch), threads);
                 },
                 [&](MatMulStep s) {
                   s.a = first, s.b = second, s.out = out;
                   RunMatMulFor(target)(s, reinterpret_cast<float*>(scratch), threads);
                 },
                 [&](RecurrentStep s) {
                   // in, weights, then what it has of bias, hidden and cell.
                   s.in = first, s.weights = Bind(step.views[1], arena), s.out = out;
                   size_t next = 2;
                   if (s.kind == Recurrent::kGruResetLast) s.bias = Bind(step.views[next++], arena);
                   s.hidden = Bind(step.views[next++], arena);
                   if (HasCell(s.kind)) s.cell = Bind(step.views[next], arena);
                   RunRecurrentFor(target)(s, reinterpret_cast<float*>(scratch));
                 },
                 [&](ReduceStep s) {
                   s.in = first, s.out = out;
                   RunReduceFor(target)(s, threads);
                 },
                 [&](ResizeStep s) {
                   s.in = first, s.out = out;
                   (how.IsFloat() ? RunResizeFor : RunByteResizeFor)(target)(s, threads);
                 },
                 [&](const QuantizedConvStep& s) { RunQuantizedConv(s, step, arena, scratch, threads, trace); },
                 [&](const RangeStep&) {
                   const Quantization range = DynamicRangeFor(target)(first, threads);
                   out.data[0] = range.scale;
                   AsBytes(out).data[sizeof(float)] = uint8_t(range.zero);
                 },
                 [&](const ToChannelsLastStep&) {
                   (how.IsFloat() ? RunToChannelsLastFor : RunBytesToChannelsLastFor)(target)({first, out}, threads);
                 },
                 [&](const ToChannelsFirstStep&) {
                   (how.IsFloat() ? RunToChannelsFirstFor : RunBytesToChannelsFirstFor)(target)({first, out}, threads);
                 },
                 [&](const SoftmaxStep&) { RunSoftmaxFor(target)({first, out}, threads); },
             },
             step.operation);
  if (trace->seconds == 0) trace->seconds = timer.Seconds();
}

int Program::Together(size_t first, size_t to, int threads) const {
  const auto* const conv = std::get_if<ConvStep>(&steps_[first].operation);
  if (!conv || conv->chain == 1 || first + size_t(conv->chain) > to) return 1;
  return Chain::Pays(steps_[first + size_t(conv->chain) - 1].views.back().h, threads) ? conv->chain : 1;
}

Chain Program::ChainAt(size_t first, const Arena& arena) const {
  Chain chain(Bind(steps_[first].views[0], arena));
  const int count = std::get<ConvStep>(steps_[first].operation).chain;
  for (int link = 0; link < count; ++link) {
    const Step& step = steps_[first + size_t(link)];
    const ConvStep& conv = std::get<ConvStep>(step.operation);
    const MapView addend = step.views.size() == 3 ? Bind(step.views[1], arena) : MapView{};
    chain.Add({conv.convolution.get(), addend, conv.add_first, Bind(step.views.back(), arena)});
  }
  return chain;
}

void Program::RunChain(size_t first, Arena& arena, char* scratch, const Execution& execution,
                       std::vector<StepTrace>* traces) const {
  const Chain chain = ChainAt(first, arena);
  const size_t before = traces->size();
  traces->resize(before + size_t(chain.Size()));
  (*traces)[before].conv.timed = execution.timed;
  chain.Run(scratch, execution.threads, execution.count_non_zeros, traces->data() + before);
}

std::vector<StepTrace> Program::Execute(Arena& arena, const Execution& execution) const {
  const auto& [from, to, threads, abort, count_non_zeros, timed, reads, seconds] = execution;
  // One workspace for all steps: a run allocates at most once, a step never.
  size_t scratch_floats = 0;
  for (size_t i = from; i < to; i += size_t(Together(i, to, threads))) {
    const bool is_chain = Together(i, to, threads) > 1;
    const size_t own = is_chain ? ChainAt(i, arena).ScratchFloats(threads) : ScratchFloats(steps_[i], threads);
    scratch_floats = std::max(scratch_floats, own);
  }
  char* const scratch = arena.Scratch(scratch_floats);
  const auto is_aborted = [&] { return abort && abort->load(std::memory_order_relaxed) != 0; };
  std::vector<StepTrace> traces;
  traces.reserve(to - from + reads.size());
  const Timer whole(std::isfinite(seconds));
  for (size_t i = from; i < to && !is_aborted(); i += size_t(Together(i, to, threads))) {
    if (whole.Seconds() > seconds) return traces;
    if (Together(i, to, threads) > 1) {
      RunChain(i, arena, scratch, execution, &traces);
    } else {
      RunStep(steps_[i], arena, scratch, execution, &traces.emplace_back());
    }
  }
  for (const MapStep& read : reads) {
    if (is_aborted()) break;
    const Timer timer(timed);
    CommitPages(read.out.data, read.in.Bytes());
    RunToChannelsFirstFor(SelectedTarget())(read, threads);
    traces.emplace_back().seconds = timer.Seconds();
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
