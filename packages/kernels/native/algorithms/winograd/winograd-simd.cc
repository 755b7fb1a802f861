#include "algorithms/winograd/winograd.h"

#include "algorithms/winograd/winograd-exact-inl.h"
#include "algorithms/winograd/winograd-multiply-inl.h"
#include "parallel/thread_pool.h"
#include "parallel/timer.h"

namespace zeroskip {
namespace ZS_TARGET {
namespace {

// A tile of outputs.
struct Place {
  int image, y, x;
};

template <int M>
class Worker {
 public:
  static constexpr int N = M + kWinogradKernel - 1;

  Worker(const ConvArgs& args, const WinogradLayer& layer, const WinogradStrips& strips, float* inputs, float* products)
      : args_(args),
        spec_(layer.spec),
        layer_(layer),
        strips_(strips),
        input_step_(ptrdiff_t(strips.InputStep(layer))),
        product_step_(ptrdiff_t(strips.ProductStep(layer))),
        inputs_(inputs),
        products_(products) {}

  // Transforms the inputs of tiles [first, end) of the strip that begins with tile `strip`.
  void Encode(int group, int strip, int first, int end) {
    const int channels = spec_.GroupIn();
    for (int tile = first; tile < end; ++tile) {
      const WinogradPatch patch = PatchOf(group, PlaceOf(tile));
      float* const to = inputs_ + ptrdiff_t(tile - strip) * layer_.depth;
      int c = 0;
      if (patch.IsInside(N)) {
        if (tile + 1 < end && (tile + 1) % strips_.columns != 0) Fetch(patch);
        for (; c + kLanes <= channels; c += kLanes) TransformInput<M, true>(patch, c, kLanes, to + c, input_step_);
      }
      for (; c < channels; c += kLanes) TransformInput<M, false>(patch, c, channels - c, to + c, input_step_);
    }
  }

  // Computes a block of outputs of tiles [strip, end) from their transformed inputs.
  void Compute(int group, int strip, int end, int block) {
    const Panels& panels = layer_.panels;
    const int wide = layer_.Wide(block);
    const float* weights = args_.packed + layer_.BlockOffset(group, block);
    const int rows = end - strip;
    const int turns = (rows + strips_.unit - 1) / strips_.unit;
    for (int point = 0; point < N * N; ++point) {
      for (int p = 0; p < wide; ++p) {
        for (int chunk = 0; chunk < layer_.chunks; ++chunk) {
          const int channels = layer_.ChunkSize(chunk);
          const ptrdiff_t floats = ptrdiff_t(channels) * panels.Floats();
          const float* a = inputs_ + point * input_step_ + chunk * layer_.chunk;
          float* c = products_ + point * product_step_ + p * panels.Floats();
          MultiplyPanel(panels.Vectors(block * layer_.wide + p),
                        {a, weights, c, layer_.depth, panels.Floats(), wide * panels.Floats(), rows, channels,
                         chunk == 0, weights + floats, (floats + turns - 1) / turns});
          weights += floats;
        }
      }
    }
    for (int tile = strip; tile < end; ++tile) {
      const float* products = products_ + ptrdiff_t(tile - strip) * wide * panels.Floats();
      for (int p = 0; p < wide; ++p, products += panels.Floats()) {
        Decode(group, block, p, PlaceOf(tile), products);
      }
    }
  }

 private:
  Place PlaceOf(int tile) const {
    const int row = tile / strips_.columns;
    return {row / strips_.rows, row % strips_.rows * M, tile % strips_.columns * M};
  }

  WinogradPatch PatchOf(int group, const Place& at) const {
    return {args_.in, N, at.image, at.y - spec_.pad_t, at.x - spec_.pad_l, group * spec_.GroupIn()};
  }

  // Brings to L1 what the next tile of the row has beside this one: hardware does not follow as many rows of pixels.
  // 64 -> 64 channels at 256 x 256 take 0.9 of the time.
  void Fetch(const WinogradPatch& patch) const {
    const int channels = spec_.GroupIn();
    const float* row = patch.At(0, N);
    for (int y = 0; y < N; ++y, row += patch.row_stride) {
      const float* pixel = row;
      for (int x = 0; x < M; ++x, pixel += patch.stride) {
        for (int c = 0; c < channels; c += kLineFloats) __builtin_prefetch(pixel + c);
      }
    }
  }

  // Outputs of panel `p` of a block from the products of a tile.
  void Decode(int group, int block, int p, const Place& at, const float* products) {
    const Panels& panels = layer_.panels;
    const int panel = block * layer_.wide + p;
    const int rows = HWY_MIN(M, args_.out.h - at.y);
    const int columns = HWY_MIN(M, args_.out.w - at.x);
    const int channel = group * spec_.GroupOut() + panels.First(panel);
    const int valid = panels.Valid(panel);
    const bool finishes = Clamp::Does(args_.end.activation);
    for (int n = 0; n < valid; n += kLanes) {
      V out[M][M];
      TransformOutput<M>(products + n, product_step_, out);
      V not_finite = hn::Zero(D());
      Unroll<M * M>([&](auto i) __attribute__((always_inline)) {
        not_finite = hn::MulAdd(out[i / M][i % M], hn::Zero(D()), not_finite);
      });
      if (!hn::AllTrue(D(), hn::Eq(not_finite, hn::Zero(D())))) {
        const ptrdiff_t panel_floats = ptrdiff_t(spec_.GroupIn()) * panels.Floats();
        SumByDefinition<M>(PatchOf(group, at), spec_.GroupIn(),
                           args_.packed + layer_.BlockOffset(group, block) + p * panel_floats + n, panels.Floats(),
                           layer_.Wide(block) * panel_floats, out);
      }
      const V bias = hn::LoadU(D(), args_.bias + channel + n);
      Unroll<M>([&](auto y) __attribute__((always_inline)) {
        if (y >= rows) return;
        Unroll<M>([&](auto x) __attribute__((always_inline)) {
          if (x >= columns) return;
          const float* addend = args_.AddendAt(at.image, at.y + y, at.x + x, channel + n);
          const V sum = hn::Add(out[y][x], bias);
          StorePartial(finishes ? FinishInRegisters(args_.end, sum, addend, valid - n) : sum,
                       args_.out.Pixel(at.image, at.y + y, at.x + x) + channel + n, valid - n);
        });
      });
    }
    if (finishes) return;
    for (int y = at.y; y < at.y + rows; ++y) {
      for (int x = at.x; x < at.x + columns; ++x) {
        FinishStored(args_.end, args_.out.Pixel(at.image, y, x) + channel, args_.AddendAt(at.image, y, x, channel),
                     valid);
      }
    }
  }

  const ConvArgs& args_;
  const ConvSpec& spec_;
  const WinogradLayer& layer_;
  const WinogradStrips& strips_;
  const ptrdiff_t input_step_, product_step_;
  float* const inputs_;    // [point][tile of the strip][input channel]
  float* const products_;  // [point][tile of the strip][output channel of a block]
};

template <int M>
void Run(const ConvArgs& args, const WinogradLayer& layer) {
  const InputSize size = {args.in.n, args.in.h, args.in.w};
  const WinogradStrips strips(layer, size, args.config->target, args.threads);
  const int workers = HWY_MIN(args.threads, kMaxWorkers);
  WorkerTimes times(workers, args.times);
  float* const scratch = reinterpret_cast<float*>(args.scratch);
  float* const products = scratch + (strips.shares_strips ? 1 : workers) * strips.InputFloats(layer);
  const auto worker = [&](int index) {
    float* const inputs = scratch + (strips.shares_strips ? 0 : index) * strips.InputFloats(layer);
    return Worker<M>(args, layer, strips, inputs, products + index * strips.ProductFloats(layer));
  };
  const auto encode = [&](int index, int group, int strip, int first, int end) {
    const Timer timer(args.times->timed);
    worker(index).Encode(group, strip, first, end);
    times[index].encode += timer.Seconds();
    times[index].lowered += size_t(end - first) * layer.points * layer.spec.GroupIn() * sizeof(float);
  };
  const auto compute = [&](int index, int group, int strip, int end, int block) {
    const Timer timer(args.times->timed);
    worker(index).Compute(group, strip, end, block);
    times[index].compute += timer.Seconds();
  };
  const int tasks = strips.units.count * layer.spec.group;
  const auto run = [&](int task, const auto& body) {
    const int strip = task % strips.units.count;
    body(task / strips.units.count, strips.First(strip), strips.End(strip));
  };
  if (!strips.shares_strips) {
    ParallelFor(tasks, workers, [&](int task, int index) {
      run(task, [&](int group, int first, int end) {
        encode(index, group, first, first, end);
        for (int block = 0; block < layer.blocks; ++block) compute(index, group, first, end, block);
      });
    });
  } else {
    for (int task = 0; task < tasks; ++task) {
      run(task, [&](int group, int first, int end) {
        const Parts parts(end - first, HWY_MAX(1, (end - first) / workers), 1, workers);
        ParallelFor(parts.count, workers, [&](int part, int index) {
          encode(index, group, first, first + parts.First(part), first + parts.First(part + 1));
        });
        ParallelFor(layer.blocks, workers, [&](int block, int index) { compute(index, group, first, end, block); });
      });
    }
  }
  times.AddUp();
}

}  // namespace

int WinogradMaxPanel() { return kMaxPanel; }

int WinogradRows(int vectors) { return MultiplyRowsOf(vectors); }

void WinogradRun(const ConvArgs& args) {
  const WinogradLayer layer(*args.config);
  if (layer.tile == 2) {
    Run<2>(args, layer);
  } else {
    Run<4>(args, layer);
  }
}

}  // namespace ZS_TARGET
}  // namespace zeroskip
