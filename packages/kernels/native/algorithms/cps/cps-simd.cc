#include "algorithms/cps/cps.h"

#include "algorithms/cps/cps-encode-inl.h"
#include "algorithms/cps/cps-multiply-inl.h"
#include "parallel/thread_pool.h"
#include "parallel/timer.h"

namespace zeroskip {
namespace ZS_TARGET {
namespace {

class Worker {
 public:
  Worker(const ConvArgs& args, const CpsLayer& layer, const CpsWorkspace& workspace, int index, const Pass& pass)
      : args_(args),
        spec_(*args.spec),
        layer_(layer),
        geometry_(layer.geometry),
        workspace_(workspace),
        pass_(pass),
        lists_(reinterpret_cast<uint32_t*>(args.scratch + workspace.Bytes() * size_t(index))),
        positions_(lists_ + workspace.lists_bytes / sizeof(uint32_t)),
        encoder_(args, layer, lists_,
                 reinterpret_cast<uint64_t*>(positions_ + workspace.positions_bytes / sizeof(uint32_t))) {
    const MicroKernel& micro = FindMicroKernel(geometry_.kernel, geometry_.placed);
    for (int vectors = 1; vectors <= micro.max_vectors; ++vectors) run_[vectors] = micro.for_vectors(vectors);
  }

  void Run(ConvTimes* times) {
    for (int first_tile = 0; first_tile < workspace_.all_tiles; first_tile += workspace_.tiles) {
      for (int chunk = 0; chunk < layer_.chunks.count; ++chunk) {
        Timer timer(times->timed);
        uint32_t start = 0;
        ForEachField(first_tile, [&](const Field& field, uint32_t* positions) {
          start = encoder_.Encode(field, pass_.group, chunk, start, positions, times);
        });
        times->encode += timer.Seconds();
        times->lowered += start * sizeof(uint32_t);
        timer = Timer(times->timed);
        Compute(first_tile, chunk);
        times->compute += timer.Seconds();
      }
    }
  }

 private:
  template <class F>
  void ForEachField(int first_tile, const F& f) {
    uint32_t* positions = positions_;
    for (int grid = pass_.first_grid; grid < pass_.end_grid; ++grid) {
      const Field field(layer_, workspace_, args_, pass_, grid, first_tile);
      if (field.tiles > 0) f(field, positions);
      positions += size_t(workspace_.rows + 1) * workspace_.tiles * (kCpsPatterns + 1);
    }
  }

  // Where the places of a field's sets count from: its first row and column, which may lie in the padding.
  uintptr_t Origin(const Field& field, int chunk) const {
    const MapView& in = args_.in;
    const int y = field.y * spec_.s_h - spec_.pad_t;
    const ptrdiff_t pixel = field.image * in.image_stride + y * in.row_stride + field.start * in.stride;
    const ptrdiff_t channel = pass_.group * spec_.GroupIn() + chunk * layer_.chunks.size;
    return reinterpret_cast<uintptr_t>(in.data) + uintptr_t((pixel + channel) * ptrdiff_t(sizeof(float)));
  }

  // The weights that follow those of a panel: of the next panel, or else of the next chunk.
  const float* NextPanel(int chunk, int panel) const {
    if (panel + 1 < pass_.end_panel) {
      return args_.packed + layer_.ChunkOffset(pass_.group, chunk) + (panel + 1) * layer_.PanelFloats(chunk);
    }
    const int next = (chunk + 1) % layer_.chunks.count;
    return args_.packed + layer_.ChunkOffset(pass_.group, next) + pass_.first_panel * layer_.PanelFloats(next);
  }

  void Compute(int first_tile, int chunk) {
    const Panels& panels = layer_.panels;
    const float* weights = args_.packed + layer_.ChunkOffset(pass_.group, chunk);
    const ptrdiff_t row_bytes = ptrdiff_t(geometry_.taps) * layer_.chunks.Size(chunk) * layer_.EntryFloats() *
                                ptrdiff_t(sizeof(float));
    size_t tile_rows = 0;
    ForEachField(first_tile, [&](const Field& field, uint32_t*) { tile_rows += size_t(field.outputs) * field.tiles; });
    if (tile_rows == 0) return;
    const size_t panel_lines = layer_.PanelFloats(chunk) * sizeof(float) / kLineBytes;
    StripRow row;
    row.lists = lists_;
    row.next_bytes = ptrdiff_t((panel_lines + tile_rows - 1) / tile_rows * kLineBytes);
    row.input_step = geometry_.column_step * args_.in.stride * ptrdiff_t(sizeof(float));
    row.out_step = geometry_.phases * args_.out.stride;
    row.continues = first_tile > 0;
    const bool is_last = chunk + 1 == layer_.chunks.count;
    row.finishes = is_last && Clamp::Does(args_.end.activation);
    row.finish = args_.end;
    row.addend_step = geometry_.phases * args_.addend.stride;
    for (int p = pass_.first_panel; p < pass_.end_panel; ++p) {
      const int channel = pass_.group * spec_.GroupOut() + panels.First(p);
      const uintptr_t panel = reinterpret_cast<uintptr_t>(weights + p * layer_.PanelFloats(chunk));
      const StripRowFunction run = run_[panels.Vectors(p)];
      row.next = reinterpret_cast<const char*>(NextPanel(chunk, p));
      row.bias = chunk == 0 ? args_.bias + channel : nullptr;
      row.columns = panels.Valid(p);
      ForEachField(first_tile, [&](const Field& field, const uint32_t* positions) {
        const size_t positions_per_row = size_t(field.tiles) * (kCpsPatterns + 1);
        row.tiles = field.tiles;
        row.first_output = field.first_output;
        row.input = Origin(field, chunk);
        row.out_count = field.columns;
        row.open = field.open;
        for (int i = 0; i < field.outputs; ++i) {
          const int window = i * geometry_.window_step;
          row.begin = positions + window * positions_per_row;
          row.end = row.begin + spec_.k_h * positions_per_row;
          row.weights = panel - uintptr_t(window * row_bytes);
          row.out = args_.out.Pixel(field.image, field.y + i * geometry_.y_step, field.phase) + channel;
          row.addend = args_.AddendAt(field.image, field.y + i * geometry_.y_step, field.phase, channel);
          run(row);
          if (is_last && !row.finishes) FinishRow(row);
          row.next += field.tiles * row.next_bytes;
        }
      });
    }
  }

  const ConvArgs& args_;
  const ConvSpec& spec_;
  const CpsLayer& layer_;
  const CpsGeometry& geometry_;
  const CpsWorkspace& workspace_;
  const Pass& pass_;
  uint32_t* const lists_;      // [grid][tile][pattern][set]: the offset of its weights, its values that are not zero
  uint32_t* const positions_;  // [grid][row][tile][pattern]
  Encoder encoder_;            // with masks of one grid, [row][tap][tile][word][position]
  StripRowFunction run_[7] = {};
};

}  // namespace

int CpsMaxPanel(int kernel) { return FindMicroKernel(kernel, false).max_vectors; }

void CpsRun(const ConvArgs& args) {
  const CpsLayer layer(*args.config);
  const CpsWorkspace workspace(layer, {args.in.n, args.in.h, args.in.w}, args.threads);
  const Parts& bands = workspace.bands;
  const int workers = HWY_MIN(args.threads, kMaxWorkers);
  WorkerTimes times(workers, args.times);
  const Parts grids(workspace.all_grids, workspace.grids, int64_t(args.spec->group) * bands.count, workers);
  const int passes = args.spec->group * grids.count * bands.count;
  // Where few passes would leave workers without one, these share a pass's panels; each encodes it anew.
  const bool shared = workspace.shares_panels || (passes < 4 * workers && passes % workers != 0);
  const Parts panels(layer.panels.count, layer.panels.count, 1, shared ? workers : 1);
  ParallelForInTurn(passes * panels.count, workers, [&](int task, int index) {
    const int share = task % panels.count;
    const int band = task / panels.count % bands.count;
    const int part = task / panels.count / bands.count % grids.count;
    const int group = task / panels.count / bands.count / grids.count;
    const Pass pass = {group,
                       grids.First(part),
                       grids.First(part + 1),
                       bands.First(band),
                       bands.Size(band),
                       panels.First(share),
                       panels.First(share + 1)};
    Worker(args, layer, workspace, index, pass).Run(&times[index]);
  });
  times.AddUp();
}

}  // namespace ZS_TARGET
}  // namespace zeroskip
