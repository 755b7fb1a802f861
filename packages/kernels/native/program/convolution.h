// A convolution with its weights packed for one algorithm and target.
#ifndef ZEROSKIP_PROGRAM_CONVOLUTION_H_
#define ZEROSKIP_PROGRAM_CONVOLUTION_H_

#include "algorithms/pattern/pattern.h"
#include "conv/algorithm.h"
#include "program/buffer.h"

namespace zeroskip {

class Convolution {
 public:
  // `bias` may be null.
  Convolution(const Algorithm& algorithm, ConvConfig config, const float* weights, const float* bias,
              const UnarySpec& activation);

  size_t ScratchBytes(const InputSize& in, int threads) const {
    return algorithm_.scratch_bytes(config_, in, threads);
  }
  // Why it does not take such an input; null when it does.
  const char* Refusal(const InputSize& in) const { return algorithm_.refuse(config_.spec, in); }
  size_t PackedBytes() const { return (packed_.Floats() + bias_.Floats()) * sizeof(float); }
  const ConvConfig& Config() const { return config_; }
  // `addend` without data: nothing is added.
  void Run(const MapView& in, const MapView& addend, bool add_first, const MapView& out, char* scratch, int threads,
           ConvTimes* times) const;
  // Some rows of the output, of one image, on one thread: `in` has the rows under them, and around it as many rows of
  // border as `pad_t` and `pad_b` say. Of algorithms that are `by_rows`.
  void RunRows(const MapView& in, const MapView& addend, bool add_first, const MapView& out, int pad_t, int pad_b,
               char* scratch, ConvTimes* times) const;
  // Of a map of h x w in the format that is the algorithm's name; `out` is written in C, H, W order.
  void RunEncoded(PatternKind kind, const PatternArrays& map, int h, int w, const MapView& out, int threads,
                  ConvTimes* times) const;

 private:
  ConvArgs ArgsFor(const MapView& in, const MapView& out) const;

  const Algorithm& algorithm_;
  ConvConfig config_;
  Buffer packed_, bias_;
  UnarySpec activation_;
};

}  // namespace zeroskip

#endif  // ZEROSKIP_PROGRAM_CONVOLUTION_H_
