#include "algorithms/im2col/im2col.h"

#include <cstring>

#include "parallel/parts.h"
#include "parallel/thread_pool.h"
#include "parallel/timer.h"
#include "simd/gemm-inl.h"

namespace zeroskip {
namespace ZS_TARGET {
namespace {

// Writes elements [k0, k1) of the receptive fields of output pixels [first, first + rows) of one group.
void Lower(const ConvArgs& args, int group, int first, int rows, int k0, int k1, float* to) {
  const ConvSpec& s = *args.spec;
  const MapView& in = args.in;
  const int depth = s.GroupIn();
  for (int r = 0; r < rows; ++r) {
    const int pixel = first + r;
    const int x = pixel % args.out.w;
    const int y = pixel / args.out.w % args.out.h;
    const int image = pixel / args.out.w / args.out.h;
    for (int k = k0; k < k1;) {
      const int tap = k / depth;
      const int c = k % depth;
      const int count = HWY_MIN(depth - c, k1 - k);
      const int iy = y * s.s_h + tap / s.k_w * s.d_h - s.pad_t;
      const int ix = x * s.s_w + tap % s.k_w * s.d_w - s.pad_l;
      if (iy >= 0 && iy < in.h && ix >= 0 && ix < in.w) {
        std::memcpy(to, in.Pixel(image, iy, ix) + group * depth + c, size_t(count) * sizeof(float));
      } else {
        std::memset(to, 0, size_t(count) * sizeof(float));
      }
      to += count;
      k += count;
    }
  }
}

}  // namespace

int Im2colMaxPanel() { return kMaxPanel; }

void Im2colRun(const ConvArgs& args) {
  const ConvSpec& s = *args.spec;
  const Panels panels = Im2colPanels(*args.config);
  const bool pointwise = IsPointwise(s);
  const int depth = s.k_h * s.k_w * s.GroupIn();
  const int block_depth = HWY_MIN(kIm2colBlockDepth, depth);
  const int workers = HWY_MIN(args.threads, kMaxWorkers);
  WorkerTimes times(workers, args.times);
  const Parts blocks(args.out.n * args.out.h * args.out.w, kIm2colBlockRows, s.group, workers);
  // One pixel, or a few, keep all workers busy where each takes some of the panels.
  const bool cut = pointwise && blocks.count * s.group < workers;
  const Parts parts(panels.count, panels.count, s.group, cut ? workers : 1);
  const bool even = args.in.IsEven() && args.out.IsEven() && (!args.addend.data || args.addend.IsEven());
  ParallelFor(blocks.count * s.group * parts.count, workers, [&](int task, int worker) {
    const int part = task % parts.count;
    const int block = task / parts.count % blocks.count;
    const int group = task / parts.count / blocks.count;
    const int first = blocks.First(block);
    const int rows = blocks.Size(block);
    float* lowered = reinterpret_cast<float*>(args.scratch) + size_t(worker) * kIm2colBlockRows * block_depth;
    const float* weights = args.packed + size_t(group) * panels.count * depth * panels.Floats();
    for (int k0 = 0; k0 < depth; k0 += block_depth) {
      const int k = HWY_MIN(block_depth, depth - k0);
      if (part == 0) times[worker].lowered += size_t(rows) * k * sizeof(float);
      Timer timer(args.times->timed);
      if (!pointwise) {
        Lower(args, group, first, rows, k0, k0 + k, lowered);
        times[worker].encode += timer.Seconds();
        timer = Timer(args.times->timed);
      }
      for (int p = parts.First(part); p < parts.First(part + 1); ++p) {
        const int channel = group * s.GroupOut() + panels.First(p);
        const GemmEdge edge = {k0 == 0 ? args.bias + channel : nullptr, k0 + k == depth, args.end,
                               panels.Valid(p)};
        // Pixels of all rows at a time, where these follow each other evenly, else row by row.
        for (int done = 0, count; done < rows; done += count) {
          const int pixel = first + done;
          const int x = pixel % args.out.w;
          const int y = pixel / args.out.w % args.out.h;
          const int image = pixel / args.out.w / args.out.h;
          count = even ? rows : HWY_MIN(rows - done, args.out.w - x);
          const float* a =
              pointwise ? args.in.Pixel(image, y, x) + group * s.GroupIn() + k0 : lowered + ptrdiff_t(done) * k;
          const GemmRows pixels = {a,
                                   args.out.Pixel(image, y, x) + channel,
                                   args.AddendAt(image, y, x, channel),
                                   1,
                                   count,
                                   pointwise ? args.in.stride : k,
                                   0,
                                   args.out.stride,
                                   0,
                                   args.addend.stride,
                                   0};
          GemmPanel(panels.Vectors(p), panels.vectors, pixels, {1, 1, k, 0, 0},
                    weights + (size_t(p) * depth + k0) * panels.Floats(), edge);
        }
      }
      times[worker].compute += timer.Seconds();
    }
  });
  times.AddUp();
}

}  // namespace ZS_TARGET
}  // namespace zeroskip
