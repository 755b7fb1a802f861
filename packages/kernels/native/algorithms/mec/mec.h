// MEC (Cho and Brand, ICML 2017): what its descriptor and its execution share.
#ifndef ZEROSKIP_ALGORITHMS_MEC_MEC_H_
#define ZEROSKIP_ALGORITHMS_MEC_MEC_H_

#include "conv/algorithm.h"
#include "conv/panels.h"

namespace zeroskip {

ZS_PER_TARGET(int, MecMaxPanel, ())
ZS_PER_TARGET(void, MecRun, (const ConvArgs& args))

// Output rows whose slabs are lowered together.
constexpr int kMecBandRows = 8;
// Elements of a receptive field per GEMM: a panel of weights stays in L2.
constexpr int kMecBlockDepth = 512;

inline Panels MecPanels(const ConvConfig& config) {
  return Panels(config.spec.GroupOut(), VectorLanes(config.target), MecMaxPanelFor(config.target)());
}

// Floats of the lowered slabs of one band: Ow rows of (rows x k_w x channels).
inline size_t MecBandFloats(const ConvSpec& s, const InputSize& in) {
  const int rows = (std::min(kMecBandRows, s.OutH(in.h)) - 1) * s.s_h + s.k_h;
  return (size_t(s.OutW(in.w)) * rows * s.k_w * s.GroupIn() + 15) / 16 * 16;
}

}  // namespace zeroskip

#endif  // ZEROSKIP_ALGORITHMS_MEC_MEC_H_
