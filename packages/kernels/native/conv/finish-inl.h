// What follows a convolution's sums, in vectors.
#ifndef ZEROSKIP_CONV_FINISH_INL_H_
#define ZEROSKIP_CONV_FINISH_INL_H_

#include "conv/conv_args.h"
#include "elementwise/functions-inl.h"

namespace zeroskip {
namespace ZS_TARGET {

// What is stored for a vector of sums; `left` values of `addend`, which may be null.
template <class F>
HWY_INLINE V FinishBy(const F& activate, bool add_first, V sum, const float* addend, int left) {
  if (addend && add_first) sum = hn::Add(sum, LoadPartial(addend, left));
  const V result = activate(sum);
  return addend && !add_first ? hn::Add(result, LoadPartial(addend, left)) : result;
}
HWY_INLINE V Finish(const ConvEnd& end, V sum, const float* addend, int left) {
  return FinishBy([&](V v) { return Activate(end.activation, v); }, end.add_first, sum, addend, left);
}

// For kernels that keep many sums in registers: the call that an activation takes which is more than a Clamp would send
// all of them to the stack, often before every loop. Such sums are stored as they are, and left to FinishStored.
HWY_INLINE V FinishInRegisters(const ConvEnd& end, V sum, const float* addend, int left) {
  return FinishBy(Clamp(end.activation), end.add_first, sum, addend, left);
}
inline HWY_NOINLINE void FinishStored(const ConvEnd& end, float* sums, const float* addend, int count) {
  for (int i = 0; i < count; i += kLanes) {
    const V sum = LoadPartial(sums + i, count - i);
    StorePartial(Finish(end, sum, addend ? addend + i : nullptr, count - i), sums + i, count - i);
  }
}

}  // namespace ZS_TARGET
}  // namespace zeroskip

#endif  // ZEROSKIP_CONV_FINISH_INL_H_
