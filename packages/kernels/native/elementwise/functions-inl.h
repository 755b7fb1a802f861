// Element-wise functions of vectors.
#ifndef ZEROSKIP_ELEMENTWISE_FUNCTIONS_INL_H_
#define ZEROSKIP_ELEMENTWISE_FUNCTIONS_INL_H_

#include <cmath>
#include <limits>

#include "elementwise/functions.h"
#include "simd/vectors-inl.h"
// After highway.h:
#include <hwy/contrib/math/math-inl.h>

namespace zeroskip {
namespace ZS_TARGET {

HWY_INLINE V Value(float value) { return hn::Set(D(), value); }

// f of the values one by one.
template <class F>
HWY_INLINE V Each(F f, V a, V b = hn::Zero(D())) {
  HWY_ALIGN float x[kLanes], y[kLanes];
  hn::Store(a, D(), x);
  hn::Store(b, D(), y);
  for (int i = 0; i < kLanes; ++i) x[i] = f(x[i], y[i]);
  return hn::Load(D(), x);
}

// Of a normal distribution, the share beyond a >= 0: e^(-a^2 / 2) times a polynomial of 1 / (1 + a / 4), fitted for the
// smallest relative error on [0, 15], 2e-8 before rounding.
HWY_INLINE V NormalTail(V a) {
  const V bounded = hn::Min(a, Value(15));  // e^-112 is 0
  const V t = hn::Div(Value(1), hn::MulAdd(bounded, Value(0.25f), Value(1)));
  V sum = Value(0.03291516f);
  for (float term : {-0.190651551f, 0.382183701f, -0.316599905f, 0.290628642f, -0.0130264061f, 0.119046926f,
                     0.0953571945f, 0.10016454f, -1.8278006e-05f}) {
    sum = hn::MulAdd(sum, t, Value(term));
  }
  const V square = hn::Mul(bounded, bounded);
  const V rounding = hn::MulSub(bounded, bounded, square);
  const V power = hn::Exp(D(), hn::Mul(square, Value(-0.5f)));
  return hn::Mul(sum, hn::MulAdd(hn::Mul(rounding, Value(-0.5f)), power, power));
}

namespace unary {
#define ZS_UNARY(name, id, use, scalar, ...) \
  HWY_INLINE V name([[maybe_unused]] V x, [[maybe_unused]] V alpha, [[maybe_unused]] V beta) __VA_ARGS__
#include "elementwise/functions.inc"
}  // namespace unary

namespace binary {
#define ZS_BINARY(name, id, ...) HWY_INLINE V name(V a, V b) __VA_ARGS__
#include "elementwise/functions.inc"
}  // namespace binary

// Values beyond bounds become these, and a NaN stays one: a few instructions without a branch, so that a kernel does
// them while its sums stay in registers.
class Clamp {
 public:
  // Whether it is all that a function does.
  static HWY_INLINE bool Does(const UnarySpec& f) {
    return f.function == Unary::kNone || f.function == Unary::kRelu || f.function == Unary::kClip;
  }

  explicit HWY_INLINE Clamp(const UnarySpec& f)
      : low_(Value(f.function == Unary::kClip ? f.alpha : f.function == Unary::kRelu ? 0 : -kInfinity)),
        high_(Value(f.function == Unary::kClip ? f.beta : kInfinity)) {}

  HWY_INLINE V operator()(V x) const {
#if (HWY_ARCH_X86 || HWY_ARCH_ARM_A64) && HWY_TARGET != HWY_SCALAR
    // x86 gives the second operand where either is a NaN, Arm a NaN.
    return hn::Min(high_, hn::Max(low_, x));
#else
    return hn::IfThenElse(hn::Lt(x, low_), low_, hn::IfThenElse(hn::Gt(x, high_), high_, x));
#endif
  }

 private:
  static constexpr float kInfinity = std::numeric_limits<float>::infinity();
  V low_, high_;
};

// What takes more than that: one copy of it, not one at each store.
inline HWY_NOINLINE V ActivateSlowly(const UnarySpec& f, V x) {
  switch (f.function) {
#define ZS_UNARY(name, id, use, ...)                                                    \
  case Unary::k##name:                                                                  \
    if constexpr (use == kFused) return unary::name(x, Value(f.alpha), Value(f.beta)); \
    break;
#include "elementwise/functions.inc"
  }
  return x;
}

HWY_INLINE V Activate(const UnarySpec& f, V x) { return Clamp::Does(f) ? Clamp(f)(x) : ActivateSlowly(f, x); }

}  // namespace ZS_TARGET
}  // namespace zeroskip

#endif  // ZEROSKIP_ELEMENTWISE_FUNCTIONS_INL_H_
