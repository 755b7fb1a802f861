#include "program/convolution.h"

#include <algorithm>

#include "parallel/thread_pool.h"
#include "steps/steps.h"

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

ConvArgs Convolution::ArgsFor(const MapView& in, const MapView& out) const {
  const ConvEnd end = {activation_, false};
  return {&config_, &config_.spec, in, out, packed_.Data(), bias_.Data(), end, {}, nullptr, 1, nullptr};
}

void Convolution::Run(const MapView& in, const MapView& addend, bool add_first, const MapView& out, char* scratch,
                      int threads, ConvTimes* times) const {
  ConvArgs args = ArgsFor(in, out);
  args.end.add_first = add_first;
  args.addend = addend;
  args.scratch = scratch;
  args.threads = threads;
  args.times = times;
  algorithm_.run(config_.target)(args);
}

void Convolution::RunRows(const MapView& in, const MapView& addend, bool add_first, const MapView& out, int pad_t,
                          int pad_b, char* scratch, ConvTimes* times) const {
  ConvConfig config = config_;
  config.spec.pad_t = pad_t;
  config.spec.pad_b = pad_b;
  ConvArgs args = ArgsFor(in, out);
  args.config = &config;
  args.spec = &config.spec;
  args.end.add_first = add_first;
  args.addend = addend;
  args.scratch = scratch;
  args.times = times;
  algorithm_.run(config.target)(args);
}

void Convolution::RunEncoded(PatternKind kind, const PatternArrays& map, int h, int w, const MapView& out, int threads,
                             ConvTimes* times) const {
  const ConvSpec& s = config_.spec;
  const int64_t products = int64_t(out.h) * out.w * out.c * s.k_h * s.k_w * s.GroupIn();
  threads = WorkersFor(products, kLeastProducts, threads);
  const Buffer pixels(size_t(out.h) * out.w * out.c);
  const MapView last = {pixels.Data(), 1,       out.h, out.w, out.c, out.c, ptrdiff_t(out.w) * out.c,
                        ptrdiff_t(out.h) * out.w * out.c};
  const Buffer scratch(EncodedScratchBytes(kind, config_, h, w, threads) / sizeof(float));
  ConvArgs args = ArgsFor({}, last);
  args.scratch = reinterpret_cast<char*>(scratch.Data());
  args.threads = threads;
  args.times = times;
  MultiplyEncoded(kind, args, map, h, w);
  RunToChannelsFirstFor(config_.target)({last, out}, threads);
}

}  // namespace zeroskip
