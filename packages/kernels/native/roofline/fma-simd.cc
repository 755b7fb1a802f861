#include "roofline/roofline.h"
#include "simd/vectors-inl.h"

namespace zeroskip {
namespace ZS_TARGET {
namespace {

// Independent chains: more than latency times throughput of any CPU's multiply-add (10 on those of Intel), and
// registers left for the two operands and, where a multiply-add is two instructions, the product.
constexpr int kChains = kRegisters == 32 ? 24 : 12;
// Of the chains per turn of the loop, so that its counter costs nothing.
constexpr int kTurns = 8;

// Ends what the compiler knows of `v`: scalar chains would be joined to vectors.
HWY_INLINE void Opaque(V& v) {
#if HWY_TARGET == HWY_SCALAR && HWY_ARCH_X86
  asm volatile("" : "+x"(v.raw));
#elif HWY_TARGET == HWY_SCALAR && HWY_ARCH_ARM_A64
  asm volatile("" : "+w"(v.raw));
#else
  (void)v;
#endif
}

}  // namespace

int64_t FmaChainsWork() { return int64_t{2} * kLanes * kChains * kTurns; }

float RunFmaChains(int64_t loops) {
  const D d;
  // Every chain tends to 1: no denormals, no infinities.
  const V x = hn::Set(d, 0.75f);
  const V y = hn::Set(d, 0.25f);
  V acc[kChains];
  Unroll<kChains>([&](auto i) __attribute__((always_inline)) { acc[i] = hn::Set(d, float(i)); });
  for (int64_t loop = 0; loop < loops; ++loop) {
    Unroll<kTurns>([&](auto) __attribute__((always_inline)) {
      Unroll<kChains>([&](auto i) __attribute__((always_inline)) {
        acc[i] = hn::MulAdd(acc[i], x, y);
        Opaque(acc[i]);
      });
    });
  }
  V sum = hn::Zero(d);
  Unroll<kChains>([&](auto i) __attribute__((always_inline)) { sum = hn::Add(sum, acc[i]); });
  return hn::GetLane(hn::SumOfLanes(d, sum));
}

}  // namespace ZS_TARGET
}  // namespace zeroskip
