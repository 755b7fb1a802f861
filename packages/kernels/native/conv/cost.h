// What an algorithm's estimate of its time is made of.
#ifndef ZEROSKIP_CONV_COST_H_
#define ZEROSKIP_CONV_COST_H_

#include <algorithm>

#include "conv/conv_args.h"
#include "conv/panels.h"

namespace zeroskip {

// What one core does in a second: operations (two for each multiply-add), bytes read from L2, bytes read from memory.
struct CoreRates {
  double operations, l2, memory;
};

// What an estimate needs to know of a map.
struct MapStatistics {
  double density;  // share of values that are not zero
  double sets;     // share of sets of four neighbouring columns that hold such a value
};

struct InputSize {
  int n, h, w;
};

// Of the peak, by register-blocked multiply-adds.
constexpr double kGemmShare = 0.95;

// Quantities that estimates share.
struct LayerCost {
  double outputs;     // pixels of output, all images
  double inputs;      // pixels of input
  double map_bytes;   // input and output, once each
  double lanes;       // output channels that are computed, those that only fill vectors included
  double operations;  // of all multiply-adds, for these lanes

  LayerCost(const ConvSpec& s, const InputSize& in, const Panels& panels)
      : outputs(double(in.n) * s.OutH(in.h) * s.OutW(in.w)),
        inputs(double(in.n) * in.h * in.w),
        map_bytes((inputs * s.in_c + outputs * s.out_c) * sizeof(float)),
        lanes(0) {
    for (int p = 0; p < panels.count; ++p) lanes += panels.Vectors(p) * panels.lanes;
    lanes *= s.group;
    operations = 2 * outputs * lanes * s.k_h * s.k_w * s.GroupIn();
  }
  // Sums that leave the registers and come back between `blocks` of input channels.
  double SumBytes(int blocks) const { return outputs * lanes * sizeof(float) * 2 * (blocks - 1); }
  // Of a GEMM that finds its operands in L1 and L2.
  double GemmSeconds(const CoreRates& core, int blocks) const {
    return operations / (core.operations * kGemmShare) + SumBytes(blocks) / core.l2;
  }
};

}  // namespace zeroskip

#endif  // ZEROSKIP_CONV_COST_H_
