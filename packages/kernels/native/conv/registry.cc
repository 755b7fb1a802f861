#include "conv/algorithm.h"

namespace zeroskip {

#define ZS_ALGORITHM(name) extern const Algorithm k##name##Algorithm;
#include "conv/algorithms.inc"
#undef ZS_ALGORITHM

const std::vector<const Algorithm*>& Algorithms() {
  static const std::vector<const Algorithm*> all = {
#define ZS_ALGORITHM(name) &k##name##Algorithm,
#include "conv/algorithms.inc"
#undef ZS_ALGORITHM
  };
  return all;
}

const Algorithm* FindAlgorithm(const std::string& id) {
  for (const Algorithm* algorithm : Algorithms()) {
    if (id == algorithm->id) return algorithm;
  }
  return nullptr;
}

const char* Refusal(const Algorithm& algorithm, const ConvSpec& spec, const InputSize& in, bool weights_fit) {
  if (algorithm.sparse && !weights_fit) {
    return "a weight is NaN or infinite, and skipping its product with a zero would change the result";
  }
  if (!algorithm.strict && !weights_fit) {
    return "a weight is NaN, infinite or larger than 2^100, and a transform would spread it over its kernel";
  }
  return algorithm.refuse(spec, in);
}

}  // namespace zeroskip
