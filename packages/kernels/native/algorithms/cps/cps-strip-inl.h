// What a pass meets: its part of a grid, in a strip of tiles.
#ifndef ZEROSKIP_ALGORITHMS_CPS_CPS_STRIP_INL_H_
#define ZEROSKIP_ALGORITHMS_CPS_CPS_STRIP_INL_H_

#include "algorithms/cps/cps.h"
#include "simd/vectors-inl.h"

namespace zeroskip {
namespace ZS_TARGET {
namespace {

constexpr int kP = kCpsP;
constexpr int kLineBytes = 64;

// What a task computes: output rows `first`, ..., `first + outputs` of some grids, for some panels of output channels.
struct Pass {
  int group, first_grid, end_grid, first, outputs, first_panel, end_panel;
};

// The part of a grid that a pass meets in a strip.
struct Field {
  int image, y, phase;  // of the first output: row y, column phase
  int outputs;          // rows, y_step apart
  int columns;          // of the grid
  int tiles;
  int first_output;     // that the first tile completes first
  int start;            // column of the map where the first tile begins
  bool open;            // another strip follows

  Field(const CpsLayer& layer, const CpsWorkspace& workspace, const ConvArgs& args, const Pass& pass, int grid,
        int first_tile) {
    const CpsGeometry& g = layer.geometry;
    const int out_h = args.out.h;
    phase = grid % workspace.phases;
    const int residue = grid / workspace.phases % workspace.residues;
    image = grid / workspace.phases / workspace.residues;
    y = residue + pass.first * g.y_step;
    outputs = y < out_h ? HWY_MIN(pass.outputs, (out_h - y + g.y_step - 1) / g.y_step) : 0;
    const CpsColumns of_map(g, layer.spec, args.in.w, phase);
    columns = of_map.outputs;
    first_output = of_map.first + first_tile * kP;
    start = of_map.start + first_tile * kP * g.column_step;
    const int all = outputs > 0 ? of_map.tiles : 0;
    tiles = HWY_MAX(0, HWY_MIN(workspace.tiles, all - first_tile));
    open = first_tile + tiles < all;
  }
};

}  // namespace
}  // namespace ZS_TARGET
}  // namespace zeroskip

#endif  // ZEROSKIP_ALGORITHMS_CPS_CPS_STRIP_INL_H_
