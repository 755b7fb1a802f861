#include "algorithms/im2col/im2col.h"

namespace zeroskip {
namespace {

const char* Refuse(const ConvSpec&, const InputSize&) { return nullptr; }

size_t PackedFloats(const ConvConfig& config) { return PackedByTapFloats(config.spec, Im2colPanels(config)); }

void Prepare(const ConvConfig& config, const float* weights, float* packed) {
  PackByTap(config.spec, Im2colPanels(config), weights, packed);
}

size_t ScratchBytes(const ConvConfig& config, const InputSize&, int threads) {
  const ConvSpec& s = config.spec;
  if (IsPointwise(s)) return 0;
  const int depth = std::min(kIm2colBlockDepth, s.k_h * s.k_w * s.GroupIn());
  return size_t(threads) * kIm2colBlockRows * depth * sizeof(float);
}

void Run(const ConvArgs& args) { Im2colRunFor(args.config->target)(args); }

}  // namespace

const Algorithm& Im2colAlgorithm() {
  static const Algorithm algorithm = {"im2col",
                                      "lowers receptive fields to rows of a matrix, then a packed GEMM",
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
