#include "program/step.h"

#include <algorithm>

#include "parallel/thread_pool.h"

namespace zeroskip {
namespace {

InputSize SizeOf(const View& view) { return {view.n, view.h, view.w}; }

int64_t ProductsOf(const ConvSpec& spec, const View& out) {
  return Elements(out) * spec.GroupIn() * spec.k_h * spec.k_w;
}

const ConvSpec& SpecOf(const ConvStep& step) { return step.convolution->Config().spec; }

}  // namespace

int64_t Elements(const View& view) { return int64_t(view.n) * view.h * view.w * view.c; }

int ThreadsOf(const ConvSpec& spec, const View& out, int threads) {
  return WorkersFor(ProductsOf(spec, out), kLeastProducts, threads);
}

size_t ScratchFloats(const Convolution& convolution, const View& in, int threads) {
  return convolution.ScratchBytes(SizeOf(in), threads) / sizeof(float);
}

size_t ScratchFloats(const Step& step, int threads) {
  if (const auto* elementwise = std::get_if<ElementwiseStep>(&step.operation)) {
    return elementwise->code.ScratchFloats() * size_t(threads);
  }
  if (std::holds_alternative<MatMulStep>(step.operation)) return kMatMulScratchFloats * size_t(threads);
  if (std::holds_alternative<RecurrentStep>(step.operation)) {
    return RecurrentStep::ScratchFloats(step.views.front().c, step.views.back().c);
  }
  if (const auto* conv = std::get_if<QuantizedConvStep>(&step.operation)) {
    const int own = ThreadsOf(conv->convolution->Spec(), step.views.back(), threads);
    return conv->convolution->ScratchBytes(SizeOf(step.views[0]), own) / sizeof(float);
  }
  size_t floats = 0;
  if (const auto* conv = std::get_if<ConvStep>(&step.operation)) {
    for (const Convolution* convolution : {conv->convolution.get(), conv->dense.get()}) {
      if (!convolution) continue;
      const int own = ThreadsOf(SpecOf(*conv), step.views.back(), threads);
      floats = std::max(floats, ScratchFloats(*convolution, step.views[0], own));
    }
  }
  return floats;
}

int64_t WorkOf(const Step& step) {
  const int64_t out = Elements(step.views.back());
  if (const auto* conv = std::get_if<ConvStep>(&step.operation)) return ProductsOf(SpecOf(*conv), step.views.back());
  if (const auto* conv = std::get_if<QuantizedConvStep>(&step.operation)) {
    return ProductsOf(conv->convolution->Spec(), step.views.back());
  }
  if (std::holds_alternative<RangeStep>(step.operation)) return Elements(step.views[0]);
  if (const auto* pool = std::get_if<PoolStep>(&step.operation)) return out * pool->k_h * pool->k_w;
  if (std::holds_alternative<MatMulStep>(step.operation)) return out * step.views[0].c;
  if (std::holds_alternative<RecurrentStep>(step.operation)) return out * step.views[0].c;
  if (std::holds_alternative<ReduceStep>(step.operation)) return Elements(step.views[0]);
  if (const auto* elementwise = std::get_if<ElementwiseStep>(&step.operation)) {
    return out * int64_t(1 + elementwise->code.Instructions().size());
  }
  return out;
}

}  // namespace zeroskip
