// One output channel for each input channel: no sum over channels, so channels fill the vectors.
#ifndef ZEROSKIP_QUANTIZED_DEPTHWISE_INL_H_
#define ZEROSKIP_QUANTIZED_DEPTHWISE_INL_H_

#include "quantized/copy-inl.h"
#include "quantized/gemm-inl.h"

namespace zeroskip {
namespace ZS_TARGET {

// Lanes of 32 bits with what a pixel's channels from `c` on stand for, without the zero point.
HWY_INLINE VI LoadCentred(const QuantizedArgs& args, int image, int y, int x, int c, int left) {
  const VI zero = hn::Set(DI(), args.in_how.zero);
  if (args.in_is_float) {
    return hn::Sub(Quantizer(args.in_how).Of(LoadPartial(args.in.Pixel(image, y, x) + c, left)), zero);
  }
  return hn::Sub(LoadBytes(AsBytes(args.in).Pixel(image, y, x) + c, left, args.in_how.IsSigned()), zero);
}

// One vector of channels of kPixels neighbouring outputs, whose taps in `rows` and `columns` lie inside the map.
template <int kPixels>
HWY_INLINE void DepthwiseVector(const QuantizedArgs& args, const PanelEnd& end, int image, int y, int x, int c,
                                const TapRange& rows, const TapRange& columns) {
  const ConvSpec& s = args.layer->spec;
  const size_t channels = args.layer->Channels();
  const int left = HWY_MIN(kLanes, s.in_c - c);
  VI acc[kPixels];
  Unroll<kPixels>([&](auto i) __attribute__((always_inline)) { acc[i] = hn::LoadU(DI(), end.bias + c); });
  for (int ky = rows.first; ky < rows.end; ++ky) {
    for (int kx = columns.first; kx < columns.end; ++kx) {
      const VI w = LoadUnits(args.packed + (size_t(ky * s.k_w + kx) * channels + size_t(c)) * 4);
      const int row = y * s.s_h - s.pad_t + ky * s.d_h;
      const int column = x * s.s_w - s.pad_l + kx * s.d_w;
      Unroll<kPixels>([&](auto i) __attribute__((always_inline)) {
        acc[i] = hn::Add(acc[i], hn::Mul(w, LoadCentred(args, image, row, column + i * s.s_w, c, left)));
      });
    }
  }
  const bool quick = EndsQuickly(end);
  const size_t bytes = end.how->result == QuantizedResult::kBytes ? 1 : sizeof(float);
  Unroll<kPixels>([&](auto i) __attribute__((always_inline)) {
    char* const to = reinterpret_cast<char*>(args.out.data) +
                     (image * args.out.image_stride + y * args.out.row_stride + (x + i) * args.out.stride) *
                         ptrdiff_t(bytes);
    const float* const addend = args.addend.data ? args.addend.Pixel(image, y, x + i) : nullptr;
    if (quick) {
      StoreSums<true>(end, acc[i], c, to, addend);
    } else {
      StoreSums<false>(end, acc[i], c, to, addend);
      FinishSums(end, c, left, to, addend);
    }
  });
}

inline void DepthwiseRow(const QuantizedArgs& args, const PanelEnd& end, int image, int y) {
  const ConvSpec& s = args.layer->spec;
  const MapView& in = args.in;
  const TapRange rows(y * s.s_h - s.pad_t, s.d_h, s.k_h, in.h);
  const int width = args.out.w;
  const InsideColumns inside(s, in.w, 0, width);
  for (int x = 0; x < width;) {
    const TapRange columns(x * s.s_w - s.pad_l, s.d_w, s.k_w, in.w);
    const bool together = x >= inside.first && x + 4 <= inside.last;
    for (int c = 0; c < s.in_c; c += kLanes) {
      if (together) {
        DepthwiseVector<4>(args, end, image, y, x, c, rows, columns);
      } else {
        DepthwiseVector<1>(args, end, image, y, x, c, rows, columns);
      }
    }
    x += together ? 4 : 1;
  }
}

}  // namespace ZS_TARGET
}  // namespace zeroskip

#endif  // ZEROSKIP_QUANTIZED_DEPTHWISE_INL_H_
