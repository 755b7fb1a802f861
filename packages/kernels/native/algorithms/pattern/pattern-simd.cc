#include "algorithms/pattern/encode-inl.h"
#include "algorithms/pattern/few-inl.h"
#include "algorithms/pattern/panels-inl.h"

namespace zeroskip {
namespace ZS_TARGET {

void PatternEncode(const PatternLayout& layout, const PatternSource& source, int threads, PatternEncoding* encoding) {
  Encoder(layout, source, std::min(threads, kMaxWorkers), *encoding).Run();
}

void PatternMultiply(const ConvArgs& args, const PatternLayout& layout, const PatternArrays& map,
                     const PatternProduct& product, int image) {
  const Walk walk(layout, map, product);
  const PatternFilters& filters = product.filters;
  const Parts& columns = product.blocks.columns;
  FewFilters few(args, walk, image);
  FilterPanels panels(args, walk, image);
  const int panel_count = filters.few ? 1 : filters.panels.count;
  size_t products[kMaxWorkers];
  std::fill(products, products + product.workers, 0);
  ParallelForInTurn(args.spec->group * panel_count * columns.count, product.workers, [&](int task, int worker) {
    const Range block = {columns.First(task % columns.count), columns.First(task % columns.count + 1)};
    const int panel = task / columns.count % panel_count;
    const int group = task / columns.count / panel_count;
    if (filters.few) {
      products[worker] += few.Multiply(group, block, worker);
    } else {
      Unroll<PatternFilters::kMaxVectors>([&](auto i) {
        if (filters.panels.Vectors(panel) != i + 1) return;
        products[worker] += panels.Multiply<i + 1>(group, panel, block, worker);
      });
    }
  });
  if (filters.few) few.Store();
  for (int i = 0; i < product.workers; ++i) args.times->products += products[i];
  args.times->lowered += walk.Bytes();
}

}  // namespace ZS_TARGET
}  // namespace zeroskip
