// What follows a convolution's sum, of one value.
#ifndef ZEROSKIP_CONV_FINISH_H_
#define ZEROSKIP_CONV_FINISH_H_

#include <algorithm>
#include <cmath>

#include "conv/conv_args.h"

namespace zeroskip {

inline float Activate(const UnarySpec& f, float x) {
  const auto [function, alpha, beta] = f;
  switch (function) {
#define ZS_UNARY(name, id, use, scalar, ...) \
  case Unary::k##name:                       \
    return scalar;
#include "elementwise/functions.inc"
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

#endif  // ZEROSKIP_CONV_FINISH_H_
