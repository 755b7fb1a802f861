// Element-wise functions by name: what functions.inc lists.
#ifndef ZEROSKIP_ELEMENTWISE_FUNCTIONS_H_
#define ZEROSKIP_ELEMENTWISE_FUNCTIONS_H_

namespace zeroskip {

enum class Unary {
#define ZS_UNARY(name, ...) k##name,
#include "elementwise/functions.inc"
};

enum class Binary {
#define ZS_BINARY(name, ...) k##name,
#include "elementwise/functions.inc"
};

// In the order of the enumerations.
constexpr const char* kUnaryNames[] = {
#define ZS_UNARY(name, id, ...) id,
#include "elementwise/functions.inc"
};
constexpr const char* kBinaryNames[] = {
#define ZS_BINARY(name, id, ...) id,
#include "elementwise/functions.inc"
};

// What may be done with a unary function beside a step of its own.
enum UnaryUse { kAlone, kFused };

constexpr UnaryUse kUnaryUses[] = {
#define ZS_UNARY(name, id, use, ...) use,
#include "elementwise/functions.inc"
};

// A unary function with its parameters.
struct UnarySpec {
  Unary function = Unary::kNone;
  float alpha = 0;
  float beta = 0;
};

}  // namespace zeroskip

#endif  // ZEROSKIP_ELEMENTWISE_FUNCTIONS_H_
