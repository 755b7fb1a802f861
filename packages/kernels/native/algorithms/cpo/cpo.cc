#include "algorithms/pattern/pattern.h"

namespace zeroskip {

extern const Algorithm kCpoAlgorithm = PatternAlgorithm<PatternKind::kCpo>(
    "cpo", "skips zeros; multiplies the format cpo: every non-zero element once, replayed over its slabs");

}  // namespace zeroskip
