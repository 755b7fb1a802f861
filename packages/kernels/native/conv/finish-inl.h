// What follows a convolution's sums, in vectors.
#ifndef ZEROSKIP_CONV_FINISH_INL_H_
#define ZEROSKIP_CONV_FINISH_INL_H_

#include "conv/conv_args.h"
#include "elementwise/functions-inl.h"

namespace zeroskip {
namespace ZS_TARGET {

// What is stored for a vector of sums; `left` values of `addend`, which may be null.
template <V (*kActivate)(const UnarySpec&, V) = Activate>
HWY_INLINE V Finish(const ConvEnd& end, V sum, const float* addend, int left) {
  if (addend && end.add_first) sum = hn::Add(sum, LoadPartial(addend, left));
  const V result = kActivate(end.activation, sum);
  return addend && !end.add_first ? hn::Add(result, LoadPartial(addend, left)) : result;
}

// For kernels that keep many sums in registers: the call that an activation takes which is not IsQuick would send all
// of them to the stack, often before every loop. Such sums are stored as they are, and left to FinishStored.
HWY_INLINE V FinishInRegisters(const ConvEnd& end, V sum, const float* addend, int left) {
  return Finish<ActivateQuickly>(end, sum, addend, left);
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
