#include <algorithm>

#include "parallel/timer.h"
#include "quantized/depthwise-inl.h"

namespace zeroskip {
namespace ZS_TARGET {
namespace {

// The sum of `count` operands, which are bytes.
HWY_INLINE int32_t SumOfOperands(const uint8_t* from, int count) {
  uint32_t sum = 0;
  int i = 0;
#if defined(__AVX512VNNI__)
  const __m512i ones = _mm512_set1_epi8(1);
  __m512i sums = _mm512_setzero_si512();
  for (; i < count; i += 64) {
    const __mmask64 mask = count - i >= 64 ? ~__mmask64{0} : (__mmask64{1} << (count - i)) - 1;
    sums = _mm512_dpbusd_epi32(sums, _mm512_maskz_loadu_epi8(mask, from + i), ones);
  }
  sum = uint32_t(_mm512_reduce_add_epi32(sums));
#endif
  for (; i < count; ++i) sum += from[i];
  return int32_t(sum);
}

// Where a block's operands lie: the map itself, or a copy.
struct Source {
  const uint8_t* first;
  ptrdiff_t pixel, row;  // bytes
};

// What each output begins with, and the scale of its sum.
struct ChannelEnds {
  const int32_t* bias;
  const float* scales;
};

void RunBlock(const QuantizedArgs& args, const Block& block, int group, const ChannelEnds& ends,
              char* scratch, size_t scratch_bytes, ConvTimes* times) {
  const QuantizedLayer& layer = *args.layer;
  const ConvSpec& s = layer.spec;
  const int channels = s.GroupIn();
  const ptrdiff_t pixel = ptrdiff_t(channels) * ptrdiff_t(sizeof(Operand));
  const size_t result_bytes = args.end.result == QuantizedResult::kBytes ? 1 : sizeof(float);
  Source source = {reinterpret_cast<const uint8_t*>(scratch), pixel, layer.BlockWidth(block.columns) * pixel};
  int32_t* const sums = reinterpret_cast<int32_t*>(
      scratch + scratch_bytes - (size_t(block.rows) * block.columns * sizeof(int32_t) + 63) / 64 * 64);
  Timer timer(times->timed);
  if (kDepth == 4 && layer.pointwise && !args.in_is_float && !args.in_how.IsSigned()) {
    const ByteView in = AsBytes(args.in);
    source = {in.Pixel(block.image, block.y * s.s_h, block.x * s.s_w) + group * channels, in.stride, in.row_stride};
    times->lowered += size_t(block.rows) * block.columns * channels;
  } else {
    CopyBlock(args, block, group * channels, channels, reinterpret_cast<Operand*>(scratch));
    times->lowered += size_t(layer.BlockHeight(block.rows)) * size_t(source.row);
  }
  const bool merge = s.d_w == 1;
  const QuantizedRuns runs = {s.k_h, merge ? 1 : s.k_w, layer.RunUnits(), s.d_h * source.row, s.d_w * source.pixel};
  if (args.weight_zeros) {
    for (int i = 0; i < block.rows * block.columns; ++i) {
      const uint8_t* const from = source.first + i / block.columns * s.s_h * source.row +
                                  i % block.columns * s.s_w * source.pixel;
      uint32_t sum = 0;
      for (int run = 0; run < runs.outer * runs.inner; ++run) {
        sum += uint32_t(SumOfOperands(
            from + run / runs.inner * runs.outer_step + run % runs.inner * runs.inner_step, layer.RunLength()));
      }
      sums[i] = int32_t(sum);
    }
  }
  times->encode += timer.Seconds();
  timer = Timer(times->timed);
  const bool adds = args.addend.data != nullptr;
  const ptrdiff_t addend_bytes = ptrdiff_t(BytesOf(args.addend_how.element));
  for (int p = 0; p < layer.panels.count; ++p) {
    const int channel = group * s.GroupOut() + layer.panels.First(p);
    const size_t at = layer.ChannelAt(group, p);
    const uint8_t* const weights = args.packed + (size_t(group) * layer.panels.count + p) * layer.PanelBytes();
    const PanelEnd end = {&args.end,
                          ends.bias + at,
                          args.weight_zeros ? args.weight_zeros + at : nullptr,
                          ends.scales + at,
                          args.float_bias + at,
                          args.end.low < 0,
                          args.add_first,
                          args.out_how,
                          args.addend_how,
                          layer.panels.Valid(p),
                          weights + layer.PanelBytes(),
                          p + 1 == layer.panels.count ? 0 : ptrdiff_t(layer.PanelBytes())};
    const ptrdiff_t out = block.image * args.out.image_stride + block.y * args.out.row_stride +
                          block.x * args.out.stride + channel;
    const ptrdiff_t added = block.image * args.addend.image_stride + block.y * args.addend.row_stride +
                            block.x * args.addend.stride + channel;
    const QuantizedRows rows = {source.first,
                                reinterpret_cast<char*>(args.out.data) + out * ptrdiff_t(result_bytes),
                                adds ? reinterpret_cast<const char*>(args.addend.data) + added * addend_bytes : nullptr,
                                block.rows,
                                block.columns,
                                s.s_w * source.pixel,
                                s.s_h * source.row,
                                args.out.stride * ptrdiff_t(result_bytes),
                                args.out.row_stride * ptrdiff_t(result_bytes),
                                args.addend.stride * addend_bytes,
                                args.addend.row_stride * addend_bytes};
    QuantizedPanel(layer.panels.Vectors(p), layer.panels.vectors, rows, runs, weights, sums, end);
  }
  times->compute += timer.Seconds();
}

}  // namespace

DotShape QuantizedDot() { return {kDepth, kMaxPanel}; }

void RunQuantized(const QuantizedArgs& args) {
  const QuantizedLayer& layer = *args.layer;
  const MapView& out = args.out;
  const size_t channels = layer.Channels();
  int32_t* const bias = reinterpret_cast<int32_t*>(args.scratch);
  float* const scales = reinterpret_cast<float*>(args.scratch) + channels;
  // Bytes keep their zero points: what these add to each sum is known before.
  const uint32_t zero = layer.depthwise ? 0 : uint32_t(OperandZero(args.in_how));
  for (size_t i = 0; i < channels; ++i) {
    bias[i] = int32_t(uint32_t(args.bias[i]) - zero * uint32_t(args.weight_sums[i]));
    scales[i] = args.scale * args.scales[i];
  }
  const int workers = HWY_MIN(args.threads, kMaxWorkers);
  WorkerTimes times(workers, args.times);
  if (layer.depthwise) {
    const Timer timer(args.times->timed);
    const PanelEnd end = {&args.end, bias, nullptr, scales, args.float_bias, args.end.low < 0, args.add_first,
                          args.out_how, args.addend_how, layer.spec.out_c, nullptr, 0};
    ParallelFor(out.n * out.h, workers,
                [&](int task, int) { DepthwiseRow(args, end, task / out.h, task % out.h); });
    args.times->compute += timer.Seconds();
    return;
  }
  const InputSize size = {args.in.n, args.in.h, args.in.w};
  const Parts rows = layer.BlockRows(size, args.threads);
  const Parts columns = layer.BlockColumns(size);
  const size_t block_bytes = layer.BlockBytes(size, args.threads);
  char* const blocks = args.scratch + 2 * channels * sizeof(int32_t);
  ForEachBlock(out.n, layer.BlockGroups(), rows, columns, workers, [&](const Block& block, int group, int worker) {
    RunBlock(args, block, group, {bias, scales}, blocks + size_t(worker) * block_bytes, block_bytes, &times[worker]);
  });
  times.AddUp();
}

}  // namespace ZS_TARGET
}  // namespace zeroskip
