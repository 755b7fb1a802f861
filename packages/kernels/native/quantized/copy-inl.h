// The input under a block of output, as the products read it.
#ifndef ZEROSKIP_QUANTIZED_COPY_INL_H_
#define ZEROSKIP_QUANTIZED_COPY_INL_H_

#include "quantized/dot-inl.h"

namespace zeroskip {
namespace ZS_TARGET {

// What the zero point is among operands: bytes keep it, with the sign turned; values of 16 bits are without it.
HWY_INLINE int OperandZero(const Quantization& how) {
  return kDepth == 4 ? how.zero + (how.IsSigned() ? 128 : 0) : 0;
}

// `count` neighbouring bytes as operands.
HWY_INLINE void CopyBytes(const uint8_t* from, ptrdiff_t count, const Quantization& how, Operand* to) {
  if constexpr (kDepth == 4) {
    if (!how.IsSigned()) {
      std::memcpy(to, from, size_t(count));
    } else {
      for (ptrdiff_t i = 0; i < count; ++i) to[i] = uint8_t(from[i] ^ 0x80);
    }
  } else if (how.IsSigned()) {
    for (ptrdiff_t i = 0; i < count; ++i) to[i] = Operand(int8_t(from[i]) - how.zero);
  } else {
    for (ptrdiff_t i = 0; i < count; ++i) to[i] = Operand(from[i] - how.zero);
  }
}

// `count` neighbouring floats as operands, quantized to uint8.
HWY_INLINE void CopyFloats(const float* from, ptrdiff_t count, const Quantization& how, Operand* to) {
  const Quantizer quantizer(how);
  for (ptrdiff_t i = 0; i < count; i += kLanes) {
    const int left = int(HWY_MIN(count - i, kLanes));
    const VI q = quantizer.Of(LoadPartial(from + i, left));
    if constexpr (kDepth == 4) {
      StoreBytes(q, reinterpret_cast<uint8_t*>(to + i), left, false);
    } else {
      HWY_ALIGN int32_t all[kLanes];
      hn::Store(hn::Sub(q, hn::Set(DI(), how.zero)), DI(), all);
      for (int k = 0; k < left; ++k) to[i + k] = Operand(all[k]);
    }
  }
}

// Channels [first, first + channels) under `block`, as [row][column][channel], zero points in the border.
inline void CopyBlock(const QuantizedArgs& args, const Block& block, int first, int channels, Operand* to) {
  const QuantizedLayer& layer = *args.layer;
  const ConvSpec& s = layer.spec;
  const MapView& floats = args.in;
  const ByteView bytes = AsBytes(args.in);
  const int width = layer.BlockWidth(block.columns);
  const int x0 = block.x * s.s_w - s.pad_l;
  const int left = HWY_MIN(HWY_MAX(0, -x0), width);
  const int right = HWY_MAX(left, HWY_MIN(width, floats.w - x0));
  const Operand zero = Operand(OperandZero(args.in_how));
  const auto fill = [&](int from, int end) {
    std::fill_n(to + size_t(from) * channels, size_t(end - from) * channels, zero);
  };
  for (int row = 0; row < layer.BlockHeight(block.rows); ++row, to += size_t(width) * channels) {
    const int y = block.y * s.s_h - s.pad_t + row;
    if (y < 0 || y >= floats.h) {
      fill(0, width);
      continue;
    }
    fill(0, left);
    const bool is_run = floats.stride == channels;
    const ptrdiff_t count = ptrdiff_t(is_run ? right - left : 1) * channels;
    const int steps = is_run ? (right > left ? 1 : 0) : right - left;
    for (int i = 0; i < steps; ++i) {
      Operand* const place = to + size_t(left + i) * channels;
      if (args.in_is_float) {
        CopyFloats(floats.Pixel(block.image, y, x0 + left + i) + first, count, args.in_how, place);
      } else {
        CopyBytes(bytes.Pixel(block.image, y, x0 + left + i) + first, count, args.in_how, place);
      }
    }
    fill(right, width);
  }
}

}  // namespace ZS_TARGET
}  // namespace zeroskip

#endif  // ZEROSKIP_QUANTIZED_COPY_INL_H_
