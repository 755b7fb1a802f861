#include "algorithms/mec/mec.h"

namespace zeroskip {
namespace {

const char* Refuse(const ConvSpec& s, const InputSize&) {
  if (s.d_h > 1) return "the rows of a receptive field must follow each other in a slab, and a dilation parts them";
  return nullptr;
}

size_t PackedFloats(const ConvConfig& config) { return PackedByTapFloats(config.spec, MecPanels(config)); }

void Prepare(const ConvConfig& config, const float* weights, float* packed) {
  PackByTap(config.spec, MecPanels(config), weights, packed);
}

size_t ScratchBytes(const ConvConfig& config, const InputSize& in, int threads) {
  return MecBandFloats(config.spec, in) * sizeof(float) * size_t(threads);
}

void Run(const ConvArgs& args) { MecRunFor(args.config->target)(args); }

}  // namespace

const Algorithm& MecAlgorithm() {
  static const Algorithm algorithm = {"mec",
                                      "dense; lowers vertical slabs only, then one small GEMM per output row",
                                      false,
                                      {},
                                      Refuse,
                                      PackedFloats,
                                      Prepare,
                                      ScratchBytes,
                                      Run};
  return algorithm;
}

}  // namespace zeroskip
