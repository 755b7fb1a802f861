// Activations on vectors; ONNX's definitions (see conv/scalar_activation.h). A NaN stays a NaN.
#ifndef ZEROSKIP_SIMD_ACTIVATION_INL_H_
#define ZEROSKIP_SIMD_ACTIVATION_INL_H_

#include "simd/vectors-inl.h"
// After highway.h:
#include <hwy/contrib/math/math-inl.h>

namespace zeroskip {
namespace ZS_TARGET {

// 1 / (1 + e^-x) for x >= 0, e^x / (1 + e^x) below: neither overflows nor cancels.
HWY_INLINE V Sigmoid(V x) {
  const D d;
  const V one = hn::Set(d, 1.0f);
  const V e = hn::Exp(d, hn::Neg(hn::Min(hn::Abs(x), hn::Set(d, 88.0f))));
  const V r = hn::Div(one, hn::Add(one, e));
  const V y = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Mul(e, r), r);
  return hn::IfThenElse(hn::Eq(x, x), y, x);
}

// The activations that take more than a few instructions: one copy of them, not one at each store.
inline HWY_NOINLINE V ActivateSlowly(const ActivationSpec& a, V x) {
  const D d;
  const V zero = hn::Zero(d);
  switch (a.kind) {
    case Activation::kNone:
    case Activation::kRelu:
    case Activation::kClip:
      return x;
    case Activation::kLeakyRelu:
      return hn::IfThenElse(hn::Lt(x, zero), hn::Mul(x, hn::Set(d, a.alpha)), x);
    case Activation::kSigmoid:
      return Sigmoid(x);
    case Activation::kHardSigmoid:
      return hn::Min(hn::Set(d, 1.0f), hn::Max(zero, hn::MulAdd(x, hn::Set(d, a.alpha), hn::Set(d, a.beta))));
    case Activation::kHardSwish: {
      const V gate = hn::MulAdd(x, hn::Set(d, 1.0f / 6), hn::Set(d, 0.5f));
      return hn::Mul(x, hn::Min(hn::Set(d, 1.0f), hn::Max(zero, gate)));
    }
    case Activation::kTanh: {
      // tanh(x) = 2 sigmoid(2x) - 1, except near 0, where x - x^3/3 + 2x^5/15 keeps the relative error.
      const V two = hn::Set(d, 2.0f);
      const V wide = hn::MulSub(two, Sigmoid(hn::Mul(two, x)), hn::Set(d, 1.0f));
      const V x2 = hn::Mul(x, x);
      const V poly = hn::MulAdd(
          hn::MulAdd(hn::Set(d, 2.0f / 15), x2, hn::Set(d, -1.0f / 3)), hn::Mul(x2, x), x);
      return hn::IfThenElse(hn::Lt(hn::Abs(x), hn::Set(d, 0.1f)), poly, wide);
    }
  }
  return x;
}

// Those that take a few; x for the others.
HWY_INLINE V ActivateQuickly(const ActivationSpec& a, V x) {
  const D d;
  switch (a.kind) {
    case Activation::kRelu:
      return hn::IfThenZeroElse(hn::Lt(x, hn::Zero(d)), x);
    case Activation::kClip: {
      const V low = hn::Set(d, a.alpha);
      const V high = hn::Set(d, a.beta);
      return hn::IfThenElse(hn::Lt(x, low), low, hn::IfThenElse(hn::Gt(x, high), high, x));
    }
    default:
      return x;
  }
}

HWY_INLINE bool IsQuick(const ActivationSpec& a) { return a.kind <= Activation::kClip; }

HWY_INLINE V Activate(const ActivationSpec& a, V x) { return IsQuick(a) ? ActivateQuickly(a, x) : ActivateSlowly(a, x); }

// What is stored for a vector of sums; `left` values of `addend`, which may be null.
template <V (*kActivate)(const ActivationSpec&, V) = Activate>
HWY_INLINE V Finish(const ConvEnd& end, V sum, const float* addend, int left) {
  if (addend && end.add_first) sum = hn::Add(sum, LoadPartial(addend, left));
  const V result = kActivate(end.activation, sum);
  return addend && !end.add_first ? hn::Add(result, LoadPartial(addend, left)) : result;
}

// For kernels that keep many sums in registers: the call that an activation takes which is not IsQuick would send all of
// them to the stack, often before every loop. Such sums are stored as they are, and left to FinishStored.
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

#endif  // ZEROSKIP_SIMD_ACTIVATION_INL_H_
