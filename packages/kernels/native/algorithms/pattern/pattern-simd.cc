#include "algorithms/pattern/encode-inl.h"
#include "algorithms/pattern/few-inl.h"
#include "algorithms/pattern/panels-inl.h"

namespace zeroskip {
namespace ZS_TARGET {
namespace {

template <class F>
void WithVectors(int vectors, const F& f) {
  if (vectors == 4) return f(std::integral_constant<int, 4>{});
  if (vectors == 3) return f(std::integral_constant<int, 3>{});
  if (vectors == 2) return f(std::integral_constant<int, 2>{});
  f(std::integral_constant<int, 1>{});
}

}  // namespace

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
      WithVectors(filters.panels.Vectors(panel), [&](auto q) {
        products[worker] += panels.Multiply<decltype(q)::value>(group, panel, block, worker);
      });
    }
  });
  if (filters.few) few.Store();
  for (int i = 0; i < product.workers; ++i) args.times->products += products[i];
  args.times->lowered += walk.Bytes();
}

}  // namespace ZS_TARGET
}  // namespace zeroskip
