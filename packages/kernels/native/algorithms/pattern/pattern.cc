#include "algorithms/pattern/pattern.h"

#include "parallel/timer.h"

namespace zeroskip {
namespace {

// Sums of a worker, which stay in L2 beside the weights of a channel.
constexpr size_t kSumBytes = 256 << 10;

int Gcd(int a, int b) { return b == 0 ? a : Gcd(b, a % b); }

// The sums of a column of output.
size_t SumFloats(const PatternLayout& layout, const PatternFilters& filters) {
  return size_t(layout.out_h) * filters.panels.Floats();
}

int MostColumns(const PatternLayout& layout, const PatternFilters& filters) {
  if (filters.few) return layout.out_w;
  return std::max(1, int(kSumBytes / sizeof(float) / SumFloats(layout, filters)));
}

}  // namespace

PatternLayout::PatternLayout(PatternKind kind_, const ConvSpec& s, int h_, int w_)
    : kind(kind_),
      spec(s),
      h(h_),
      w(w_),
      out_h(s.OutH(h_)),
      out_w(s.OutW(w_)),
      padded_h(h_ + s.pad_t + s.pad_b) {
  const int common = Gcd(s.s_w, s.d_w);
  slab_step = s.d_w / common;
  tap_step = s.s_w / common;
  overlaps = std::min(out_w, (s.k_w + tap_step - 1) / tap_step);
}

void LayOut(PatternLayout* layout, Carver* carver) {
  const ConvSpec& s = layout->spec;
  const int w = layout->w;
  struct Reads {
    int overlap, slab, tap;
  };
  Reads* const reads = carver->Take<Reads>(w);
  int* const firsts = carver->Take<int>(layout->overlaps + 2);
  layout->cells = carver->Take<PatternCell>(w);
  layout->columns = carver->Take<PatternColumn>(w);
  layout->row_bits = carver->Take<uint64_t>(layout->RowWords());
  if (reads == nullptr) return;
  std::fill(reads, reads + w, Reads{});
  for (int slab = 0, start = -s.pad_l; slab < layout->out_w; ++slab, start += s.s_w) {
    for (int k = 0, x = start; k < s.k_w; ++k, x += s.d_w) {
      if (x < 0 || x >= w) continue;
      if (reads[x].overlap++ == 0) reads[x].slab = slab, reads[x].tap = k;
    }
  }
  // Columns by overlap, then by first slab, then by place: in the order in which slabs read them first.
  std::fill(firsts, firsts + layout->overlaps + 2, 0);
  for (int x = 0; x < w; ++x) ++firsts[reads[x].overlap + 1];
  const int columns = w - firsts[1];
  firsts[1] = 0;
  for (int overlap = 1; overlap <= layout->overlaps; ++overlap) firsts[overlap + 1] += firsts[overlap];
  for (int slab = 0, start = -s.pad_l; slab < layout->out_w; ++slab, start += s.s_w) {
    for (int k = 0, x = start; k < s.k_w; ++k, x += s.d_w) {
      if (x < 0 || x >= w || reads[x].slab != slab || reads[x].tap != k) continue;
      layout->columns[firsts[reads[x].overlap]++] = {x + s.pad_l, 0, k};
    }
  }
  int cells = 0;
  for (int i = 0; i < columns; ++i) {
    const Reads& of = reads[layout->columns[i].x - s.pad_l];
    const PatternCell* const last = cells > 0 ? &layout->cells[cells - 1] : nullptr;
    if (!last || last->overlap != of.overlap || last->slab != of.slab) {
      layout->cells[cells++] = {of.overlap, of.slab, i};
    }
    layout->columns[i].cell = cells - 1;
  }
  layout->cell_count = cells;
  layout->column_count = columns;
  std::fill(layout->row_bits, layout->row_bits + layout->RowWords(), 0);
  const int top = s.pad_t;
  for (int y = 0, start = 0; y < layout->out_h; ++y, start += s.s_h) {
    for (int k = 0, row = start; k < s.k_h; ++k, row += s.d_h) {
      if (row >= top && row < top + layout->h) layout->row_bits[row / 64] |= uint64_t{1} << row % 64;
    }
  }
}

PatternEncoding::PatternEncoding(const PatternLayout& layout, int channels, Carver* carver) {
  const size_t all_columns = size_t(channels) * layout.w;
  const size_t values = all_columns * layout.h;
  columns = carver->Take<float>(all_columns * layout.padded_h + kPatternSlack);
  bits = carver->Take<uint64_t>(all_columns * layout.RowWords());
  entry_counts = carver->Take<uint32_t>(size_t(channels) * layout.w);
  channel_counts = carver->Take<PatternChannel>(channels);
  arrays.channel_flags = carver->Take<uint8_t>((channels + 7) / 8);
  arrays.channel_starts = {carver->Take<uint32_t>(channels + 1), 4};
  arrays.value_starts = {carver->Take<uint32_t>(channels + 1), 4};
  arrays.cell_ends = {carver->Take<uint32_t>(size_t(channels) * layout.w), 4};
  const int bytes = IndexBytes(layout.MaxEntry());
  arrays.entries = {carver->Take<uint8_t>((values + kPatternSlack) * bytes), bytes};
  arrays.values = carver->Take<float>(values + kPatternSlack);
}

PatternBlocks::PatternBlocks(const PatternLayout& layout, const PatternFilters& filters, int workers)
    : columns(layout.out_w, MostColumns(layout, filters),
              int64_t(layout.spec.group) * (filters.few ? 1 : filters.panels.count), workers),
      sums(filters.few ? size_t(layout.spec.out_c) * layout.out_w * layout.OutputFloats()
                       : SumFloats(layout, filters) * columns.Largest()) {}

PatternProduct::PatternProduct(const PatternLayout& layout, const ConvConfig& config, int threads, Carver* carver)
    : filters(config),
      workers(std::min(threads, kMaxWorkers)),
      blocks(layout, filters, workers),
      inverse(((uint64_t{1} << 32) + config.spec.k_w - 1) / config.spec.k_w) {
  const ConvSpec& s = layout.spec;
  value_begins = carver->Take<uint32_t>(size_t(s.in_c) * layout.w);
  channel_of = carver->Take<uint32_t>(s.in_c);
  flagged_before = carver->Take<int>(s.group + 1);
  row_taps = carver->Take<RowTap>(filters.few ? 0 : size_t(layout.out_h) * s.k_h);
  row_begins = carver->Take<int>(filters.few ? 0 : layout.padded_h + 1);
  row_places = carver->Take<int>(filters.few ? layout.padded_h + kSetRows : 0);
  row_outputs = carver->Take<int>(filters.few ? layout.padded_h + kSetRows : 0);
  tap_places = carver->Take<int>(filters.few ? s.k_h : 0);
  residue_floats = (layout.OutputFloats() + (s.k_h - 1) * s.d_h / s.s_h + 2 * kSetRows + 31) / 16 * 16;
  sums = carver->Take<float>(filters.few ? blocks.sums : 0);
  Carver of_worker(nullptr);
  of_worker.Take<uint32_t>(filters.few ? 0 : layout.padded_h);
  of_worker.Take<float>(filters.few ? size_t(residue_floats) * s.s_h : blocks.sums);
  worker_bytes = of_worker.Used();
  worker_memory = carver->Take<char>(worker_bytes * workers);
  if (worker_memory) FillTables(layout);
}

void PatternProduct::FillTables(const PatternLayout& layout) {
  const ConvSpec& s = layout.spec;
  if (filters.few) {
    for (int row = 0, output = 0, residue = 0; row < layout.padded_h + kSetRows; ++row) {
      row_outputs[row] = output;
      row_places[row] = residue * residue_floats + output;
      if (++residue == s.s_h) residue = 0, ++output;
    }
    for (int ky = 0; ky < s.k_h; ++ky) {
      tap_places[ky] = ky * s.d_h % s.s_h * residue_floats + ky * s.d_h / s.s_h;
    }
    return;
  }
  const uint32_t floats = uint32_t(filters.panels.Floats());
  int count = 0;
  for (int row = 0; row < layout.padded_h; ++row) {
    row_begins[row] = count;
    for (int ky = 0; ky < s.k_h && ky * s.d_h <= row; ++ky) {
      const int start = row - ky * s.d_h;
      if (start % s.s_h != 0 || start / s.s_h >= layout.out_h) continue;
      row_taps[count++] = {uint32_t(start / s.s_h) * floats, uint32_t(ky * s.k_w) * floats};
    }
  }
  row_begins[layout.padded_h] = count;
}

const char* RefusePattern(PatternKind kind, const ConvSpec& s, const InputSize& in) {
  const PatternLayout layout(kind, s, in.h, in.w);
  const double limit = 4294967296.0;
  if (double(in.h) * in.w * s.in_c >= limit || double(layout.MaxEntry()) >= limit ||
      double(s.in_c) * layout.w >= limit) {
    return "the elements of a map, or their positions in a slab, exceed 32 bits";
  }
  if (double(layout.out_h) * s.k_h >= 2147483648.0 || double(s.k_h) * s.k_w * 64 >= limit) {
    return "the taps of a kernel, over a column of outputs, exceed 32 bits";
  }
  return nullptr;
}

size_t PatternPackedFloats(const ConvConfig& config) { return PatternFilters(config).Floats(config.spec); }

void PreparePattern(const ConvConfig& config, const float* weights, float* packed) {
  const ConvSpec& s = config.spec;
  const PatternFilters filters(config);
  const int taps = s.k_h * s.k_w;
  const auto kernel = [&](int group, int filter, int c) {
    return weights + ((size_t(group) * s.GroupOut() + filter) * s.GroupIn() + c) * taps;
  };
  for (int g = 0; g < s.group; ++g) {
    if (filters.few) {
      for (int c = 0; c < s.GroupIn(); ++c) {
        for (int n = 0; n < s.GroupOut(); ++n) {
          for (int tap = 0; tap < taps; ++tap) *packed++ = kernel(g, n, c)[tap % s.k_h * s.k_w + tap / s.k_h];
        }
      }
      continue;
    }
    const Panels& panels = filters.panels;
    for (int p = 0; p < panels.count; ++p) {
      for (int c = 0; c < s.GroupIn(); ++c, packed += size_t(taps) * panels.Floats()) {
        for (int n = 0; n < panels.Floats(); ++n) {
          const float* const from = n < panels.Valid(p) ? kernel(g, panels.First(p) + n, c) : nullptr;
          for (int tap = 0; tap < taps; ++tap) packed[size_t(tap) * panels.Floats() + n] = from ? from[tap] : 0.0f;
        }
      }
    }
  }
}

double PatternSeconds(PatternKind kind, const ConvConfig& config, const InputSize& in, const MapStatistics& map,
                      const CoreRates& core) {
  const ConvSpec& s = config.spec;
  const PatternFilters filters(config);
  const LayerCost cost(s, in, filters.panels);
  const double values = cost.inputs * s.in_c;
  // Each value is turned and looked at; those that are not zero are written, with an index or a share of one. The lists
  // of each row of a channel begin and end.
  const double encode = values * (12 + (kind == PatternKind::kCpo ? 60 : 50) * map.density) +
                        double(in.n) * in.h * s.in_c * 4000;
  // Every product reads its weights and its sum, and writes the sum.
  const double products = filters.few ? 2 * cost.outputs * s.out_c * s.k_h * s.k_w * s.GroupIn()
                                      : cost.operations * map.density;
  return (encode + products / 2 * 3 * sizeof(float)) / core.l2 + cost.map_bytes / core.memory;
}

size_t EncodedScratchBytes(PatternKind kind, const ConvConfig& config, int h, int w, int threads) {
  PatternLayout layout(kind, config.spec, h, w);
  Carver carver(nullptr);
  LayOut(&layout, &carver);
  PatternProduct(layout, config, threads, &carver);
  return carver.Used();
}

size_t PatternScratchBytes(PatternKind kind, const ConvConfig& config, const InputSize& in, int threads) {
  Carver carver(nullptr);
  PatternEncoding(PatternLayout(kind, config.spec, in.h, in.w), config.spec.in_c, &carver);
  return EncodedScratchBytes(kind, config, in.h, in.w, threads) + carver.Used();
}

void MultiplyEncoded(PatternKind kind, const ConvArgs& args, const PatternArrays& map, int h, int w) {
  PatternLayout layout(kind, *args.spec, h, w);
  Carver carver(args.scratch);
  LayOut(&layout, &carver);
  const PatternProduct product(layout, *args.config, args.threads, &carver);
  PatternMultiplyFor(args.config->target)(args, layout, map, product, 0);
}

void RunPattern(PatternKind kind, const ConvArgs& args) {
  const int target = args.config->target;
  const int channels = args.spec->in_c;
  PatternLayout layout(kind, *args.spec, args.in.h, args.in.w);
  Carver carver(args.scratch);
  LayOut(&layout, &carver);
  const PatternProduct product(layout, *args.config, args.threads, &carver);
  PatternEncoding encoding(layout, channels, &carver);
  for (int image = 0; image < args.in.n; ++image) {
    Timer timer(args.times->timed);
    const PatternSource source = {args.in.Pixel(image, 0, 0), args.in.row_stride, args.in.stride, 1, channels};
    PatternEncodeFor(target)(layout, source, args.threads, &encoding);
    args.times->encode += timer.Seconds();
    timer = Timer(args.times->timed);
    PatternMultiplyFor(target)(args, layout, encoding.arrays, product, image);
    args.times->compute += timer.Seconds();
  }
}

}  // namespace zeroskip
