#include "algorithms/pattern/pattern.h"

namespace zeroskip {

extern const Algorithm kCpsColumnAlgorithm = PatternAlgorithm<PatternKind::kCpsColumn>(
    "cps-column", "skips zeros; multiplies the format cps-column: one word for four rows of a column");

}  // namespace zeroskip
