#ifndef ZEROSKIP_CONV_SCALAR_ACTIVATION_H_
#define ZEROSKIP_CONV_SCALAR_ACTIVATION_H_

#include <algorithm>
#include <cmath>

#include "conv/conv_args.h"

namespace zeroskip {

// ONNX's definitions; clip is to [alpha, beta], and a NaN stays a NaN.
inline float Activate(const ActivationSpec& a, float x) {
  switch (a.kind) {
    case Activation::kNone:
      return x;
    case Activation::kRelu:
      return x < 0 ? 0.0f : x;
    case Activation::kClip:
      return x < a.alpha ? a.alpha : x > a.beta ? a.beta : x;
    case Activation::kLeakyRelu:
      return x < 0 ? a.alpha * x : x;
    case Activation::kSigmoid:
      return 1 / (1 + std::exp(-x));
    case Activation::kHardSigmoid:
      return std::min(1.0f, std::max(0.0f, a.alpha * x + a.beta));
    case Activation::kHardSwish:
      return x * std::min(1.0f, std::max(0.0f, x / 6 + 0.5f));
    case Activation::kTanh:
      return std::tanh(x);
  }
  return x;
}

// `addend` may be null.
inline float Finish(const ConvEnd& end, float sum, const float* addend) {
  if (addend && end.add_first) sum += *addend;
  const float result = Activate(end.activation, sum);
  return addend && !end.add_first ? result + *addend : result;
}

}  // namespace zeroskip

#endif  // ZEROSKIP_CONV_SCALAR_ACTIVATION_H_
