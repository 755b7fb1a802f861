// Scalar convolution with sums in double: the yardstick of every other algorithm. Takes everything.
#include "conv/algorithm.h"
#include "conv/finish.h"
#include "parallel/thread_pool.h"
#include "parallel/timer.h"

namespace zeroskip {
namespace {

size_t PackedFloats(const ConvConfig& config) {
  const ConvSpec& s = config.spec;
  return size_t(s.out_c) * s.GroupIn() * s.k_h * s.k_w;
}

// M x C x kH x kW as it is.
void Prepare(const ConvConfig& config, const float* weights, float* packed) {
  std::copy(weights, weights + PackedFloats(config), packed);
}

double Seconds(const ConvConfig& config, const InputSize& in, const MapStatistics&, const CoreRates& core) {
  const ConvSpec& s = config.spec;
  const double products = double(in.n) * s.OutH(in.h) * s.OutW(in.w) * s.out_c * s.k_h * s.k_w * s.GroupIn();
  return products * 200 / core.operations;  // one at a time, in double precision
}

void Run(const ConvArgs& args) {
  const ConvSpec& s = *args.spec;
  const MapView& in = args.in;
  const MapView& out = args.out;
  const int group_in = s.GroupIn();
  const int group_out = s.GroupOut();
  const Timer timer(args.times->timed);
  ParallelFor(out.n * out.h, args.threads, [&](int task, int) {
    const int image = task / out.h;
    const int y = task % out.h;
    for (int x = 0; x < out.w; ++x) {
      float* pixel = out.Pixel(image, y, x);
      for (int m = 0; m < s.out_c; ++m) {
        const int first = m / group_out * group_in;
        const float* w = args.packed + size_t(m) * group_in * s.k_h * s.k_w;
        double sum = args.bias[m];
        for (int ky = 0; ky < s.k_h; ++ky) {
          const int iy = y * s.s_h + ky * s.d_h - s.pad_t;
          if (iy < 0 || iy >= in.h) continue;
          for (int kx = 0; kx < s.k_w; ++kx) {
            const int ix = x * s.s_w + kx * s.d_w - s.pad_l;
            if (ix < 0 || ix >= in.w) continue;
            const float* a = in.Pixel(image, iy, ix) + first;
            for (int c = 0; c < group_in; ++c) {
              sum += double(a[c]) * w[(size_t(c) * s.k_h + ky) * s.k_w + kx];
            }
          }
        }
        pixel[m] = Finish(args.end, float(sum), args.AddendAt(image, y, x, m));
      }
    }
  });
  args.times->compute += timer.Seconds();
  args.times->lowered += in.Bytes();
}

}  // namespace

extern const Algorithm kReferenceAlgorithm = {
    .id = "reference",
    .summary = "scalar, sums in double; slow, takes everything",
    .packed_floats = PackedFloats,
    .prepare = Prepare,
    .seconds = Seconds,
    .run = [](int) { return Run; },
};

}  // namespace zeroskip
