#include "program/convolution.h"

#include <algorithm>

namespace zeroskip {
namespace {

// Bias vectors are loaded whole, from any channel.
constexpr size_t kBiasSlack = 64;

}  // namespace

Convolution::Convolution(const Algorithm& algorithm, ConvConfig config, const float* weights, const float* bias,
                         const UnarySpec& activation)
    : algorithm_(algorithm),
      config_(std::move(config)),
      packed_(algorithm.packed_floats(config_)),
      bias_(size_t(config_.spec.out_c) + kBiasSlack),
      activation_(activation) {
  algorithm_.prepare(config_, weights, packed_.Data());
  std::fill(bias_.Data(), bias_.Data() + bias_.Floats(), 0.0f);
  if (bias) std::copy(bias, bias + config_.spec.out_c, bias_.Data());
}

void Convolution::Run(const MapView& in, const MapView& addend, bool add_first, const MapView& out, char* scratch,
                      int threads, ConvTimes* times) const {
  const ConvArgs args = {&config_,      &config_.spec,            in,     out,     packed_.Data(),
                         bias_.Data(), {activation_, add_first}, addend, scratch, threads,
                         times};
  algorithm_.run(config_.target)(args);
}

}  // namespace zeroskip
