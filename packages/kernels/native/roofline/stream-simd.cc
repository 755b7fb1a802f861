#include "roofline/roofline.h"
#include "simd/vectors-inl.h"

namespace zeroskip {
namespace ZS_TARGET {
namespace {

constexpr int kUnroll = 8;
static_assert(kStreamBlock % (kUnroll * kLanes) == 0, "arrays are whole blocks");

// Every loop reads and writes memory anew.
HWY_INLINE void Reread() { asm volatile("" ::: "memory"); }

}  // namespace

float StreamRead(const float* a, size_t floats, int64_t loops) {
  const D d;
  V sum[kUnroll];
  Unroll<kUnroll>([&](auto u) __attribute__((always_inline)) { sum[u] = hn::Zero(d); });
  for (int64_t loop = 0; loop < loops; ++loop) {
    Reread();
    for (size_t i = 0; i < floats; i += kUnroll * kLanes) {
      Unroll<kUnroll>([&](auto u) __attribute__((always_inline)) {
        sum[u] = hn::Add(sum[u], hn::Load(d, a + i + u * kLanes));
      });
    }
  }
  V all = hn::Zero(d);
  Unroll<kUnroll>([&](auto u) __attribute__((always_inline)) { all = hn::Add(all, sum[u]); });
  return hn::GetLane(hn::SumOfLanes(d, all));
}

float StreamTriad(float* a, const float* b, const float* c, size_t floats, int64_t loops) {
  const D d;
  const V scale = hn::Set(d, 0.5f);
  for (int64_t loop = 0; loop < loops; ++loop) {
    Reread();
    for (size_t i = 0; i < floats; i += kUnroll * kLanes) {
      Unroll<kUnroll>([&](auto u) __attribute__((always_inline)) {
        const size_t at = i + u * kLanes;
        hn::Store(hn::MulAdd(scale, hn::Load(d, c + at), hn::Load(d, b + at)), d, a + at);
      });
    }
  }
  return a[0];
}

}  // namespace ZS_TARGET
}  // namespace zeroskip
