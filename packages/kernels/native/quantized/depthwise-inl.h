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

// One vector of channels of kPixels neighbouring outputs, whose taps [kx0, kx1) x [ky0, ky1) lie inside the map.
template <int kPixels>
HWY_INLINE void DepthwiseVector(const QuantizedArgs& args, const PanelEnd& end, int image, int y, int x, int c,
                                const int* taps) {
  const ConvSpec& s = args.layer->spec;
  const size_t channels = args.layer->Channels();
  const int left = HWY_MIN(kLanes, s.in_c - c);
  VI acc[kPixels];
  Unroll<kPixels>([&](auto i) __attribute__((always_inline)) { acc[i] = hn::LoadU(DI(), end.bias + c); });
  for (int ky = taps[0]; ky < taps[1]; ++ky) {
    for (int kx = taps[2]; kx < taps[3]; ++kx) {
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
  const auto range = [](int start, int dilation, int count, int extent, int* to) {
    to[0] = 0, to[1] = count;
    while (to[0] < count && start + to[0] * dilation < 0) ++to[0];
    while (to[1] > to[0] && start + (to[1] - 1) * dilation >= extent) --to[1];
  };
  int taps[4];
  range(y * s.s_h - s.pad_t, s.d_h, s.k_h, in.h, taps);
  const int width = args.out.w;
  // Outputs that every tap of a row meets inside the map: [from, to).
  const int reach = in.w + s.pad_l - (s.k_w - 1) * s.d_w;
  const int from = HWY_MIN(width, (s.pad_l + s.s_w - 1) / s.s_w);
  const int to = HWY_MAX(from, HWY_MIN(width, reach <= 0 ? 0 : (reach - 1) / s.s_w + 1));
  for (int x = 0; x < width;) {
    range(x * s.s_w - s.pad_l, s.d_w, s.k_w, in.w, taps + 2);
    const bool together = x >= from && x + 4 <= to;
    for (int c = 0; c < s.in_c; c += kLanes) {
      if (together) {
        DepthwiseVector<4>(args, end, image, y, x, c, taps);
      } else {
        DepthwiseVector<1>(args, end, image, y, x, c, taps);
      }
    }
    x += together ? 4 : 1;
  }
}

}  // namespace ZS_TARGET
}  // namespace zeroskip

#endif  // ZEROSKIP_QUANTIZED_DEPTHWISE_INL_H_
