#include "paper/protocol.h"

#include <algorithm>
#include <memory>

#include "algorithms/pattern/pattern.h"
#include "parallel/timer.h"
#include "program/buffer.h"

namespace zeroskip {
namespace {

constexpr size_t kBiasFloats = 64;

ConvConfig ConfigOf(const PaperLayer& layer, int target) {
  return {{1, 1, 1, layer.k_h, layer.k_w, 1, 1, 1, 1, 0, 0, 0, 0}, target, {}};
}

// CPO or CPS on maps of one size: its tables, and memory for one map.
class Pattern {
 public:
  Pattern(PatternKind kind, const PaperLayer& layer, int target)
      : config_(ConfigOf(layer, target)),
        layout_(kind, config_.spec, layer.h, layer.w),
        packed_(PatternPackedFloats(config_)),
        bias_(kBiasFloats, Fill::kZeros),
        scratch_(PatternScratchBytes(kind, config_, {1, layer.h, layer.w}, 1) / sizeof(float) + 1) {
    PreparePattern(config_, layer.filter, packed_.Data());
    Carver carver(reinterpret_cast<char*>(scratch_.Data()));
    LayOut(&layout_, &carver);
    encoding_ = std::make_unique<PatternEncoding>(layout_, 1, &carver);
    product_ = std::make_unique<PatternProduct>(layout_, config_, 1, &carver);
  }

  void Encode(const PaperLayer& layer) {
    PatternEncodeFor(config_.target)(layout_, {layer.map, layer.w, 1, 1, 1}, 1, encoding_.get());
  }
  void Multiply(float* out) {
    ConvTimes times;
    const MapView view = {out, 1, layout_.out_h, layout_.out_w, 1, 1, layout_.out_w, layout_.out_h * layout_.out_w};
    const ConvArgs args = {&config_, &config_.spec, {}, view, packed_.Data(), bias_.Data(), {}, {}, nullptr, 1, &times};
    PatternMultiplyFor(config_.target)(args, layout_, encoding_->arrays, *product_, 0);
  }

 private:
  ConvConfig config_;
  PatternLayout layout_;
  Buffer packed_, bias_, scratch_;
  std::unique_ptr<PatternEncoding> encoding_;
  std::unique_ptr<PatternProduct> product_;
};

}  // namespace

PaperMemory::PaperMemory(const PaperLayer& layer)
    : matrix(size_t(std::max(layer.OutH() * layer.k_h, layer.h)) * layer.OutW() * layer.k_w),
      // One more, as elements are written before it is known whether they stay.
      values(size_t(layer.h) * layer.OutW() * layer.k_w + 1),
      indices(values.size()),
      rows(layer.OutW() + 1) {}

std::vector<PaperSamples> TimePaperProtocol(const PaperLayer& layer, int target, int rounds) {
  PaperMemory memory(layer);
  Pattern cpo(PatternKind::kCpo, layer, target);
  Pattern column(PatternKind::kCpsColumn, layer, target);
  std::vector<PaperSamples> samples(kPaperMethodCount);
  for (PaperSamples& of : samples) of.out.resize(size_t(layer.OutH()) * layer.OutW());
  for (int round = 0; round < rounds; ++round) {
    for (int i = 0; i < kPaperMethodCount; ++i) {
      const PaperMethod method = PaperMethod(i);
      Pattern* const pattern = method == PaperMethod::kCpo          ? &cpo
                               : method == PaperMethod::kCpsColumn ? &column
                                                                   : nullptr;
      Timer timer;
      if (pattern) {
        pattern->Encode(layer);
      } else {
        PaperLowerFor(target)(method, layer, &memory);
      }
      samples[i].lower.push_back(timer.Seconds());
      timer = Timer();
      if (pattern) {
        pattern->Multiply(samples[i].out.data());
      } else {
        PaperMultiplyFor(target)(method, layer, memory, samples[i].out.data());
      }
      samples[i].multiply.push_back(timer.Seconds());
    }
  }
  return samples;
}

}  // namespace zeroskip
