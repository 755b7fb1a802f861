#ifndef ZEROSKIP_ALGORITHMS_IM2COL_IM2COL_H_
#define ZEROSKIP_ALGORITHMS_IM2COL_IM2COL_H_

#include "conv/algorithm.h"
#include "conv/panels.h"

namespace zeroskip {

// A block of kBlockRows lowered receptive fields x kBlockDepth of their elements stays in L2 beside a panel of
// weights. 96 is a multiple of every register tile's rows.
constexpr int kIm2colBlockRows = 96;
constexpr int kIm2colBlockDepth = 512;

ZS_PER_TARGET(int, Im2colMaxPanel, ())
ZS_PER_TARGET(void, Im2colRun, (const ConvArgs& args))

// A 1x1 convolution without padding or stride is a GEMM on the map itself.
inline bool IsPointwise(const ConvSpec& s) {
  return s.k_h == 1 && s.k_w == 1 && s.s_h == 1 && s.s_w == 1 && !(s.pad_t | s.pad_l | s.pad_b | s.pad_r);
}

inline Panels Im2colPanels(const ConvConfig& config) {
  return Panels(config.spec.GroupOut(), VectorLanes(config.target), Im2colMaxPanelFor(config.target)());
}

}  // namespace zeroskip

#endif  // ZEROSKIP_ALGORITHMS_IM2COL_IM2COL_H_
