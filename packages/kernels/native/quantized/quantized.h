// Convolutions of 8-bit integers with 8-bit weights, exact in 32 bits, and how their sums end.
#ifndef ZEROSKIP_QUANTIZED_QUANTIZED_H_
#define ZEROSKIP_QUANTIZED_QUANTIZED_H_

#include <vector>

#include "conv/blocks.h"
#include "conv/panels.h"
#include "program/buffer.h"
#include "quantized/bytes.h"
#include "target/target.h"

namespace zeroskip {

// How a target multiplies: sums of `depth` neighbouring products in each lane of 32 bits, 4 of bytes or 2 of 16 bits.
struct DotShape {
  int depth;
  int max_panel;  // vectors of output channels
  int ElementBytes() const { return 4 / depth; }
};

// What the sums become.
enum class QuantizedResult {
  // round(sum * scale) + zero, halves to the even integer, from `low` to `high`; where a map is added, that stands for
  // a number which is added to the map's, and quantized as the output is
  kBytes,
  kFloats,  // sum * scale, times the input's scale where that is told at a run, plus a bias; then the activation
  kSums,    // the sums, as 32-bit integers
};
constexpr const char* kQuantizedResultNames[] = {"bytes", "floats", "sums"};

struct QuantizedEnd {
  QuantizedResult result = QuantizedResult::kSums;
  int zero = 0, low = 0, high = 0;
  UnarySpec activation;
  float own_scale = 0;  // of bytes before a map is added
};

// What packing and execution share. Sums are of (x - zero of x) * (w - zero of w), plus a bias.
struct QuantizedLayer : BlockedLayer {
  static constexpr int kLeastPixels = 96;
  static constexpr int kBlockBytes = 256 << 10;

  int target;
  DotShape dot;
  Panels panels;

  QuantizedLayer(const ConvSpec& s, int target);

  // Taps of a kernel row are one run where they are neighbours.
  int Runs() const { return spec.d_w == 1 ? spec.k_h : spec.k_h * spec.k_w; }
  int RunLength() const { return spec.d_w == 1 ? spec.k_w * spec.GroupIn() : spec.GroupIn(); }
  // Steps of 4 bytes.
  int RunUnits() const { return (RunLength() + dot.depth - 1) / dot.depth; }
  size_t PanelBytes() const { return size_t(Runs()) * RunUnits() * 4 * panels.Floats(); }
  size_t PackedBytes() const;
  // Of the values by channel, in the panels' order, whole vectors.
  size_t Channels() const;
  size_t ChannelAt(int group, int panel) const {
    return (size_t(group) * panels.count + panel) * panels.Floats();
  }

  Parts BlockRows(const InputSize& in, int workers) const;
  // Workspace of one worker: the copy of a block, and the sums of the inputs of each output.
  size_t BlockBytes(const InputSize& in, int workers) const;
  size_t ScratchBytes(const InputSize& in, int workers) const;
};

struct QuantizedArgs {
  const QuantizedLayer* layer;
  Quantization in_how;  // of floats: how they are quantized, to uint8, when they are read
  bool in_is_float;
  MapView in, out, addend;  // `addend` without data: nothing is added
  Quantization out_how, addend_how;
  bool add_first;
  const uint8_t* packed;
  const int32_t* bias;          // by channel, as all that follow
  const int32_t* weight_sums;   // of (w - zero of w)
  const int32_t* weight_zeros;  // of weights as they are packed; null where all are 0
  const float* scales;
  const float* float_bias;
  float scale;  // of the input, where it is told at a run
  QuantizedEnd end;
  char* scratch;
  int threads;
  ConvTimes* times;
};

ZS_PER_INTEGER_TARGET(DotShape, QuantizedDot, ())
ZS_PER_INTEGER_TARGET(void, RunQuantized, (const QuantizedArgs& args))

// Packed weights with all that follows from them.
class QuantizedConvolution {
 public:
  struct Parts {
    const uint8_t* weights;  // M x C/group x kH x kW
    bool signed_weights;
    const int32_t* zeros;  // of the weights, by output channel; may be null, as all that follow
    const int32_t* bias;
    const float* scales;
    const float* float_bias;
    QuantizedEnd end;
  };
  QuantizedConvolution(const ConvSpec& spec, int target, const Parts& parts);

  const ConvSpec& Spec() const { return layer_.spec; }
  size_t PackedBytes() const;
  size_t ScratchBytes(const InputSize& in, int threads) const { return layer_.ScratchBytes(in, threads); }
  // What is told at a run, beside the memory that it works in.
  struct Operands {
    Quantization in_how;  // of floats, of what they are quantized to
    bool in_is_float;
    float scale;  // of the input, 1 where `scales` have it
    MapView in, out, addend;
    Quantization out_how, addend_how;
    bool add_first;
  };
  void Run(const Operands& operands, char* scratch, int threads, ConvTimes* times) const;

 private:
  QuantizedLayer layer_;
  QuantizedEnd end_;
  bool has_zeros_ = false;
  Buffer packed_;
  std::vector<int32_t> bias_, weight_sums_, weight_zeros_;
  std::vector<float> scales_, float_bias_;
};

}  // namespace zeroskip

#endif  // ZEROSKIP_QUANTIZED_QUANTIZED_H_
