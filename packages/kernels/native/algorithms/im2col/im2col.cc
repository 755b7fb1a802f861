#include "algorithms/im2col/im2col.h"

namespace zeroskip {
namespace {

const char* Refuse(const ConvSpec&, const InputSize&) { return nullptr; }

size_t PackedFloats(const ConvConfig& config) {
  const ConvSpec& s = config.spec;
  const Panels panels = Im2colPanels(config);
  return size_t(s.group) * panels.count * s.k_h * s.k_w * s.GroupIn() * panels.Floats();
}

// [group][panel][ky][kx][c][lane]; the lanes past the last output channel are zeros.
void Prepare(const ConvConfig& config, const float* weights, float* packed) {
  const ConvSpec& s = config.spec;
  const Panels panels = Im2colPanels(config);
  const int in = s.GroupIn();
  const int taps = s.k_h * s.k_w;
  for (int g = 0; g < s.group; ++g) {
    for (int p = 0; p < panels.count; ++p) {
      for (int tap = 0; tap < taps; ++tap) {
        for (int c = 0; c < in; ++c) {
          for (int n = 0; n < panels.Floats(); ++n) {
            const size_t m = size_t(g) * s.GroupOut() + panels.First(p) + n;
            *packed++ = n < panels.Valid(p) ? weights[(m * in + c) * taps + tap] : 0.0f;
          }
        }
      }
    }
  }
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
