// Element-wise functions of vectors.
#ifndef ZEROSKIP_ELEMENTWISE_FUNCTIONS_INL_H_
#define ZEROSKIP_ELEMENTWISE_FUNCTIONS_INL_H_

#include <cmath>

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

namespace unary {
#define ZS_UNARY(name, id, use, scalar, ...) \
  HWY_INLINE V name([[maybe_unused]] V x, [[maybe_unused]] V alpha, [[maybe_unused]] V beta) __VA_ARGS__
#include "elementwise/functions.inc"
}  // namespace unary

namespace binary {
#define ZS_BINARY(name, id, ...) HWY_INLINE V name(V a, V b) __VA_ARGS__
#include "elementwise/functions.inc"
}  // namespace binary

// Those of `kUse`; x for the others.
template <UnaryUse kUse>
HWY_INLINE V ApplyUsed(const UnarySpec& f, V x) {
  switch (f.function) {
#define ZS_UNARY(name, id, use, ...)                                                 \
  case Unary::k##name:                                                               \
    if constexpr (use == kUse) return unary::name(x, Value(f.alpha), Value(f.beta)); \
    break;
#include "elementwise/functions.inc"
  }
  return x;
}

HWY_INLINE bool IsQuick(const UnarySpec& f) {
  return false
#define ZS_UNARY(name, id, use, ...) || (use == kFusedInRegisters && f.function == Unary::k##name)
#include "elementwise/functions.inc"
      ;
}

HWY_INLINE V ActivateQuickly(const UnarySpec& f, V x) { return ApplyUsed<kFusedInRegisters>(f, x); }

// What takes more than a few instructions: one copy of it, not one at each store.
inline HWY_NOINLINE V ActivateSlowly(const UnarySpec& f, V x) { return ApplyUsed<kFused>(f, x); }

HWY_INLINE V Activate(const UnarySpec& f, V x) { return IsQuick(f) ? ActivateQuickly(f, x) : ActivateSlowly(f, x); }

}  // namespace ZS_TARGET
}  // namespace zeroskip

#endif  // ZEROSKIP_ELEMENTWISE_FUNCTIONS_INL_H_
