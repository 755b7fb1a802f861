// The operations of a network that are not convolutions, on channels-last views.
#ifndef ZEROSKIP_STEPS_STEPS_H_
#define ZEROSKIP_STEPS_STEPS_H_

#include <vector>

#include "conv/conv_args.h"
#include "target/target.h"

namespace zeroskip {

struct PoolStep {
  bool max;  // else average
  int k_h, k_w, s_h, s_w, d_h, d_w, pad_t, pad_l, pad_b, pad_r;
  bool count_include_pad;
  MapView in, out;
};

struct UnaryStep {
  UnarySpec unary;
  MapView in, out;
};

// `a` has the dims of `out`; each dim of `b` is equal to it or 1.
struct BinaryStep {
  Binary function;
  UnarySpec activation;
  MapView a, b, out;
};

// Output i of an axis is (1 - weight[i]) * in[low[i]] + weight[i] * in[high[i]].
struct ResizeAxis {
  std::vector<int> low, high;
  std::vector<float> weight;
};

struct ResizeStep {
  ResizeAxis rows, columns;
  MapView in, out;
};

struct MapStep {
  MapView in, out;
};

ZS_PER_TARGET(void, RunPool, (const PoolStep& step, int threads))
ZS_PER_TARGET(void, RunUnary, (const UnaryStep& step, int threads))
ZS_PER_TARGET(void, RunBinary, (const BinaryStep& step, int threads))
ZS_PER_TARGET(void, RunResize, (const ResizeStep& step, int threads))
ZS_PER_TARGET(void, RunCopy, (const MapStep& step, int threads))
ZS_PER_TARGET(void, RunToChannelsLast, (const MapStep& step, int threads))
ZS_PER_TARGET(void, RunToChannelsFirst, (const MapStep& step, int threads))
ZS_PER_TARGET(void, RunSoftmax, (const MapStep& step, int threads))
// Number of values that are not zero in rows 0, row_step, 2 * row_step, ... of each image.
ZS_PER_TARGET(size_t, CountNonZeros, (const MapView& map, int row_step, int threads))

}  // namespace zeroskip

#endif  // ZEROSKIP_STEPS_STEPS_H_
