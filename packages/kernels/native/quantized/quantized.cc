#include "quantized/quantized.h"

#include <algorithm>
#include <cstring>

namespace zeroskip {

QuantizedLayer::QuantizedLayer(const ConvSpec& s, int target_)
    : BlockedLayer(s, s.GroupIn() == 1 && s.GroupOut() == 1 && s.group > 1),
      target(target_),
      dot(QuantizedDotFor(target_)()),
      panels(depthwise ? s.out_c : s.GroupOut(), VectorLanes(target_), dot.max_panel) {}

size_t QuantizedLayer::Channels() const {
  return size_t(BlockGroups()) * panels.count * panels.Floats();
}

size_t QuantizedLayer::PackedBytes() const {
  if (depthwise) return size_t(spec.k_h) * spec.k_w * Channels() * sizeof(int32_t);
  return size_t(spec.group) * panels.count * PanelBytes();
}

Parts QuantizedLayer::BlockRows(const InputSize& in, int workers) const {
  const int most = kBlockBytes / (spec.GroupIn() * dot.ElementBytes());
  return BlockedLayer::BlockRows(in, workers, std::clamp(most, kLeastPixels, kBlockPixels));
}

size_t QuantizedLayer::BlockBytes(const InputSize& in, int workers) const {
  if (depthwise) return 0;
  const int rows = BlockRows(in, workers).Largest();
  const int columns = BlockColumns(in).Largest();
  const size_t copy = size_t(BlockHeight(rows)) * BlockWidth(columns) * spec.GroupIn() * dot.ElementBytes();
  const auto whole = [](size_t bytes) { return (bytes + 63) / 64 * 64; };
  // A run is read in steps of 4 bytes.
  return whole(copy + 3) + whole(size_t(rows) * columns * sizeof(int32_t));
}

size_t QuantizedLayer::ScratchBytes(const InputSize& in, int workers) const {
  // Two values for each channel: the sum that outputs begin with, and their scale.
  return 2 * Channels() * sizeof(int32_t) + BlockBytes(in, workers) * size_t(workers);
}

namespace {

// Calls `put(tap's run, its element in there)` in the order in which weights are packed.
template <class Put>
void ForEachTap(const QuantizedLayer& layer, const Put& put) {
  const ConvSpec& s = layer.spec;
  for (int ky = 0; ky < s.k_h; ++ky) {
    for (int kx = 0; kx < s.k_w; ++kx) {
      const int tap = ky * s.k_w + kx;
      if (s.d_w == 1) {
        put(tap, ky, kx * s.GroupIn());
      } else {
        put(tap, tap, 0);
      }
    }
  }
}

}  // namespace

QuantizedConvolution::QuantizedConvolution(const ConvSpec& spec, int target, const Parts& parts)
    : layer_(spec, target), end_(parts.end), packed_(layer_.PackedBytes() / sizeof(float)) {
  const DotShape& dot = layer_.dot;
  const Panels& panels = layer_.panels;
  const bool depthwise = layer_.depthwise;
  const size_t channels = layer_.Channels();
  bias_.assign(channels, 0);
  weight_sums_.assign(channels, 0);
  weight_zeros_.assign(channels, 0);
  scales_.assign(channels, 0.0f);
  float_bias_.assign(channels, 0.0f);
  uint8_t* const packed = reinterpret_cast<uint8_t*>(packed_.Data());
  std::memset(packed, 0, layer_.PackedBytes());
  const int taps = spec.k_h * spec.k_w;
  const int depth = spec.GroupIn();
  const int group_out = depthwise ? spec.out_c : spec.GroupOut();
  for (int m = 0; m < spec.out_c; ++m) {
    const int group = m / group_out;
    const int panel = m % group_out / panels.Floats();
    const int lane = m % group_out % panels.Floats();
    const size_t at = layer_.ChannelAt(group, panel) + size_t(lane);
    const int zero = parts.zeros ? parts.zeros[m] : 0;
    // Of bytes both operands keep their zero points, which sums over a window of inputs make up for.
    const bool keeps_zero = dot.depth == 4 && !depthwise;
    const int shift = parts.signed_weights ? 0 : 128;
    if (keeps_zero) weight_zeros_[at] = zero - shift;
    has_zeros_ |= weight_zeros_[at] != 0;
    bias_[at] = parts.bias ? parts.bias[m] : 0;
    scales_[at] = parts.scales ? parts.scales[m] : 0;
    float_bias_[at] = parts.float_bias ? parts.float_bias[m] : 0;
    const auto weight = [&](int c, int tap) {
      const uint8_t bits = parts.weights[(size_t(m) * depth + c) * taps + tap];
      return parts.signed_weights ? int(int8_t(bits)) : int(bits);
    };
    uint32_t sum = 0;
    for (int c = 0; c < depth; ++c) {
      for (int tap = 0; tap < taps; ++tap) sum += uint32_t(weight(c, tap) - zero);
    }
    weight_sums_[at] = int32_t(sum);
    if (depthwise) {
      for (int tap = 0; tap < taps; ++tap) {
        const int32_t value = weight(0, tap) - zero;
        std::memcpy(packed + (size_t(tap) * channels + at) * sizeof(value), &value, sizeof(value));
      }
      continue;
    }
    uint8_t* const to = packed + (size_t(group) * panels.count + panel) * layer_.PanelBytes();
    ForEachTap(layer_, [&](int tap, int run, int first) {
      for (int c = 0; c < depth; ++c) {
        const int element = first + c;
        const size_t unit = size_t(run) * layer_.RunUnits() + element / dot.depth;
        uint8_t* const place = to + (unit * panels.Floats() + lane) * 4 + element % dot.depth * dot.ElementBytes();
        if (keeps_zero) {
          *place = uint8_t(weight(c, tap) - shift);
        } else {
          const int16_t value = int16_t(weight(c, tap) - zero);
          std::memcpy(place, &value, sizeof(value));
        }
      }
    });
  }
}

size_t QuantizedConvolution::PackedBytes() const {
  return layer_.PackedBytes() + layer_.Channels() * (3 * sizeof(int32_t) + 2 * sizeof(float));
}

void QuantizedConvolution::Run(const Operands& operands, char* scratch, int threads, ConvTimes* times) const {
  const auto& [in_how, in_is_float, scale, in, out, addend, out_how, addend_how, add_first] = operands;
  const QuantizedArgs args = {&layer_,
                              in_how,
                              in_is_float,
                              in,
                              out,
                              addend,
                              out_how,
                              addend_how,
                              add_first,
                              reinterpret_cast<const uint8_t*>(packed_.Data()),
                              bias_.data(),
                              weight_sums_.data(),
                              has_zeros_ ? weight_zeros_.data() : nullptr,
                              scales_.data(),
                              float_bias_.data(),
                              scale,
                              end_,
                              scratch,
                              threads,
                              times};
  RunQuantizedFor(layer_.target)(args);
}

}  // namespace zeroskip
