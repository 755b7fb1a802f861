#include "algorithms/mec/mec.h"

#include <cstring>

#include "parallel/parts.h"
#include "parallel/thread_pool.h"
#include "parallel/timer.h"
#include "simd/gemm-inl.h"

namespace zeroskip {
namespace ZS_TARGET {
namespace {

// Row x of `to` holds columns [x * s_w, x * s_w + k_w) of the band, row by row: [x][row][kx][c].
void LowerSlabs(const ConvArgs& args, int image, int group, int y0, int rows, float* to) {
  const ConvSpec& s = *args.spec;
  const MapView& in = args.in;
  const int depth = s.GroupIn();
  for (int x = 0; x < args.out.w; ++x) {
    for (int row = 0; row < rows; ++row) {
      const int iy = y0 * s.s_h + row - s.pad_t;
      for (int kx = 0; kx < s.k_w; ++kx, to += depth) {
        const int ix = x * s.s_w + kx * s.d_w - s.pad_l;
        if (iy >= 0 && iy < in.h && ix >= 0 && ix < in.w) {
          std::memcpy(to, in.Pixel(image, iy, ix) + group * depth, size_t(depth) * sizeof(float));
        } else {
          std::memset(to, 0, size_t(depth) * sizeof(float));
        }
      }
    }
  }
}

}  // namespace

int MecMaxPanel() { return kMaxPanel; }

void MecRun(const ConvArgs& args) {
  const ConvSpec& s = *args.spec;
  const MapView& out = args.out;
  const Panels panels = MecPanels(*args.config);
  const int row_floats = s.k_w * s.GroupIn();
  const int depth = s.k_h * row_floats;
  const size_t band_floats = MecBandFloats(s, {args.in.n, args.in.h, args.in.w});
  const int workers = HWY_MIN(args.threads, kMaxWorkers);
  WorkerTimes times(workers, args.times);
  const Parts bands(out.h, kMecBandRows, int64_t(out.n) * s.group, workers);
  ParallelFor(out.n * s.group * bands.count, workers, [&](int task, int worker) {
    const int y0 = bands.First(task % bands.count);
    const int outputs = bands.Size(task % bands.count);
    const int group = task / bands.count % s.group;
    const int image = task / bands.count / s.group;
    const int rows = (outputs - 1) * s.s_h + s.k_h;
    float* lowered = reinterpret_cast<float*>(args.scratch) + size_t(worker) * band_floats;
    Timer timer(args.times->timed);
    LowerSlabs(args, image, group, y0, rows, lowered);
    times[worker].lowered += size_t(out.w) * rows * row_floats * sizeof(float);
    times[worker].encode += timer.Seconds();
    timer = Timer(args.times->timed);
    for (int p = 0; p < panels.count; ++p) {
      const int channel = group * s.GroupOut() + panels.First(p);
      const float* weights = args.packed + (size_t(group) * panels.count + p) * depth * panels.Floats();
      for (int k0 = 0; k0 < depth; k0 += kMecBlockDepth) {
        const int k = HWY_MIN(kMecBlockDepth, depth - k0);
        const GemmEdge edge = {k0 == 0 ? args.bias + channel : nullptr, k0 + k == depth, args.end,
                               panels.Valid(p)};
        const GemmRows gemm_rows = {lowered + k0,
                                    out.Pixel(image, y0, 0) + channel,
                                    args.AddendAt(image, y0, 0, channel),
                                    outputs,
                                    out.w,
                                    ptrdiff_t(rows) * row_floats,
                                    ptrdiff_t(s.s_h) * row_floats,
                                    out.stride,
                                    out.row_stride,
                                    args.addend.stride,
                                    args.addend.row_stride};
        GemmPanel(panels.Vectors(p), panels.vectors, gemm_rows, {1, 1, k, 0, 0},
                  weights + size_t(k0) * panels.Floats(), edge);
      }
    }
    times[worker].compute += timer.Seconds();
  });
  times.AddUp();
}

}  // namespace ZS_TARGET
}  // namespace zeroskip
