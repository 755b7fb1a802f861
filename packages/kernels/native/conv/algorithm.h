// The descriptor of a convolution algorithm: all that the rest of the project knows of it.
#ifndef ZEROSKIP_CONV_ALGORITHM_H_
#define ZEROSKIP_CONV_ALGORITHM_H_

#include <string>
#include <vector>

#include "conv/conv_args.h"
#include "conv/cost.h"
#include "target/target.h"

namespace zeroskip {

struct Parameter {
  const char* name;
  const char* summary;
  int default_value;  // 0: chosen by shape
  std::vector<int> choices;
};

// What the packing of weights depends on.
struct ConvConfig {
  ConvSpec spec;
  int target;                   // index into Targets()
  std::vector<int> parameters;  // in the order of the descriptor's
};

struct Algorithm {
  const char* id;
  const char* summary;
  bool sparse = false;  // skips zeros: exact for finite weights only
  bool strict = true;   // sums float32 products of inputs and weights, and nothing else
  // Computes any rows of the output from those under them, with the bits that they have otherwise, in the workspace of
  // the whole map.
  bool by_rows = false;
  std::vector<Parameter> parameters = {};

  // Null when the algorithm takes the layer, else the reason why not, in words for a person.
  const char* (*refuse)(const ConvSpec& spec, const InputSize& in) =
      [](const ConvSpec&, const InputSize&) -> const char* { return nullptr; };
  // Packs `M x C/group x kH x kW` weights, once per layer, into packed_floats(config) floats.
  size_t (*packed_floats)(const ConvConfig& config);
  void (*prepare)(const ConvConfig& config, const float* weights, float* packed);
  // Seconds that a run on one core is expected to take, encoding included: from the shape, the map and the machine.
  double (*seconds)(const ConvConfig& config, const InputSize& in, const MapStatistics& map, const CoreRates& core);
  // Workspace of one run; a run allocates nothing.
  size_t (*scratch_bytes)(const ConvConfig& config, const InputSize& in, int threads) =
      [](const ConvConfig&, const InputSize&, int) { return size_t{0}; };
  // What runs on a target.
  void (*(*run)(int target))(const ConvArgs& args);
};

// What algorithms that lower a map say of groups of one channel.
inline const char* RefuseDepthwise(const ConvSpec& s, const InputSize&) {
  const bool depthwise = s.group > 1 && s.GroupIn() == 1;
  return depthwise ? "one input channel per group: to lower it would cost more than its few products" : nullptr;
}

// All algorithms, in order of preference; the reference is last.
const std::vector<const Algorithm*>& Algorithms();
const Algorithm* FindAlgorithm(const std::string& id);

// Why `algorithm` does not take the layer; null when it does. `weights_fit`: they are finite, and, where it transforms
// them, small enough for that.
const char* Refusal(const Algorithm& algorithm, const ConvSpec& spec, const InputSize& in, bool weights_fit);

}  // namespace zeroskip

#endif  // ZEROSKIP_CONV_ALGORITHM_H_
