#include "program/chain.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "parallel/parts.h"
#include "parallel/thread_pool.h"
#include "parallel/timer.h"
#include "steps/steps.h"

namespace zeroskip {
namespace {

// What is kept has its place in the L2 cache beside weights, and what the first link reads and the last one writes.
constexpr size_t kKeptBytes = 768 << 10;
// There is room for so many times the rows that are needed at once, so that they are moved once in as many strips.
constexpr int kRoom = 2;

size_t Aligned(size_t floats) { return (floats + 15) / 16 * 16; }

constexpr size_t kTraceFloats = (sizeof(StepTrace) * Chain::kMaxLinks / sizeof(float) + 15) / 16 * 16;

// A row of what is kept of a map.
size_t RowFloats(const MapView& map) { return size_t(map.w) * map.stride; }

// `rows` rows of one image, the first of them at `data`.
MapView RowsAt(const MapView& map, float* data, ptrdiff_t row_stride, int rows) {
  return {data, 1, rows, map.w, map.c, map.stride, row_stride, rows * row_stride};
}

MapView RowsOf(const MapView& map, int image, int first, int rows) {
  return RowsAt(map, map.Pixel(image, first, 0), map.row_stride, rows);
}

}  // namespace

// Rows of the last link that one worker computes, of one image, and how far it is.
struct Chain::Band {
  int image;
  Rows rows;
  bool count_non_zeros;
  float* kept[kMaxLinks];    // rows of each link but the last
  int base[kMaxLinks];       // which row the first of these is
  int next[kMaxLinks];       // the row of a link that follows those it has computed
  int uncounted[kMaxLinks];  // up to this row, the band before counts what is not zero
  char* scratch;
  StepTrace* traces;

  MapView KeptRows(const MapView& map, int link, Rows rows) const {
    const ptrdiff_t row_floats = ptrdiff_t(RowFloats(map));
    return RowsAt(map, kept[link] + (rows.first - base[link]) * row_floats, row_floats, rows.Size());
  }
};

Chain::Rows Chain::Reach(int link, Rows rows) const {
  const ConvSpec& s = SpecOf(link);
  return {rows.first * s.s_h - s.pad_t, (rows.end - 1) * s.s_h - s.pad_t + (s.k_h - 1) * s.d_h + 1};
}

Chain::Rows Chain::Under(int link, Rows rows) const {
  const Rows reach = Reach(link, rows);
  return {std::max(0, reach.first), std::min(InOf(link).h, reach.end)};
}

Chain::Strips Chain::StripsOf(int rows) const {
  Strips strips = {rows, {}, 0};
  for (int link = size_ - 1; link > 0; --link) {
    const ConvSpec& s = SpecOf(link);
    // And those at the end of the map that a stride leaves unread.
    rows = std::min(InOf(link).h, rows * s.s_h + (s.k_h - 1) * s.d_h);
    strips.kept[link - 1] = std::min(InOf(link).h, rows * kRoom);
    strips.floats += Aligned(strips.kept[link - 1] * RowFloats(InOf(link)));
  }
  return strips;
}

Chain::Strips Chain::StripsInCache() const {
  Strips strips = StripsOf(1);
  while (strips.rows < links_[size_ - 1].out.h) {
    const Strips larger = StripsOf(strips.rows + 1);
    if (larger.floats * sizeof(float) > kKeptBytes) break;
    strips = larger;
  }
  return strips;
}

size_t Chain::WorkspaceFloats(const Strips& strips) const {
  size_t floats = 0;
  for (int link = 0; link < size_; ++link) {
    const MapView& in = InOf(link);
    floats = std::max(floats, links_[link].convolution->ScratchBytes({1, in.h, in.w}, 1) / sizeof(float));
  }
  return strips.floats + Aligned(floats) + kTraceFloats;
}

size_t Chain::ScratchFloats(int threads) const { return size_t(threads) * WorkspaceFloats(StripsInCache()); }

void Chain::RunRows(const Band& band, int link, Rows rows) const {
  const ChainLink& l = links_[link];
  const Rows reach = Reach(link, rows);
  const Rows under = Under(link, rows);
  const MapView in = link == 0 ? RowsOf(in_, band.image, under.first, under.Size())
                               : band.KeptRows(InOf(link), link - 1, under);
  const bool is_last = link + 1 == size_;
  const MapView out = is_last ? RowsOf(l.out, band.image, rows.first, rows.Size()) : band.KeptRows(l.out, link, rows);
  const MapView addend = l.addend.data ? RowsOf(l.addend, band.image, rows.first, rows.Size()) : MapView{};
  StepTrace& trace = band.traces[link];
  const Timer timer(trace.conv.timed);
  l.convolution->RunRows(in, addend, l.add_first, out, under.first - reach.first, reach.end - under.end, band.scratch,
                         &trace.conv);
  trace.seconds += timer.Seconds();
  const int uncounted = std::max(0, band.uncounted[link] - rows.first);
  if (!band.count_non_zeros || is_last || uncounted >= rows.Size()) return;
  const MapView counted = RowsOf(out, 0, uncounted, rows.Size() - uncounted);
  band.traces[link + 1].non_zeros += CountNonZerosFor(SelectedTarget())(counted, 1, 1);
}

void Chain::RunBand(const Band& first, const Strips& strips) const {
  Band band = first;
  const int last = size_ - 1;
  Rows needed = band.rows;
  int before = band.rows.first;
  for (int link = last; link >= 0; --link) {
    band.base[link] = band.next[link] = needed.first;
    band.uncounted[link] = before;
    needed = Under(link, needed);
    before = before == 0 ? 0 : Under(link, {0, before}).end;
  }
  while (band.next[last] < band.rows.end) {
    // Each link computes what the next one lacks, the last strip of a map all that is left of it.
    int ends[kMaxLinks];
    int end = std::min(band.next[last] + strips.rows, band.rows.end);
    const bool is_end = end == links_[last].out.h;
    for (int link = last; link >= 0; --link) {
      ends[link] = is_end ? links_[link].out.h : end;
      end = Under(link, {0, ends[link]}).end;
    }
    for (int link = 0; link <= last; ++link) {
      if (link < last) {
        // Rows that the next link does not read any more make room, where there is none left.
        const int needed_first = Under(link + 1, {band.next[link + 1], band.next[link + 1] + 1}).first;
        if (ends[link] - band.base[link] > strips.kept[link]) {
          const size_t row_floats = RowFloats(links_[link].out);
          std::memmove(band.kept[link], band.kept[link] + (needed_first - band.base[link]) * row_floats,
                       (band.next[link] - needed_first) * row_floats * sizeof(float));
          band.base[link] = needed_first;
        }
      }
      if (ends[link] > band.next[link]) RunRows(band, link, {band.next[link], ends[link]});
      band.next[link] = ends[link];
    }
  }
}

void Chain::Run(char* scratch, int threads, bool count_non_zeros, StepTrace* traces) const {
  const Strips strips = StripsInCache();
  const MapView& out = links_[size_ - 1].out;
  const int workers = std::min(threads, kMaxWorkers);
  const Parts bands(out.h, out.h, out.n, workers);
  const size_t workspace = WorkspaceFloats(strips);
  const auto floats_of = [&](int worker) { return reinterpret_cast<float*>(scratch) + size_t(worker) * workspace; };
  const auto traces_of = [&](int worker) { return reinterpret_cast<StepTrace*>(floats_of(worker)); };
  StepTrace untouched;
  untouched.conv.timed = traces[0].conv.timed;
  for (int worker = 0; worker < workers; ++worker) {
    std::uninitialized_fill_n(traces_of(worker), kMaxLinks, untouched);
  }
  ParallelFor(int64_t(bands.count) * out.n, workers, [&](int64_t task, int worker) {
    const int part = int(task % bands.count);
    Band band = {};
    band.image = int(task / bands.count);
    band.rows = {bands.First(part), bands.First(part + 1)};
    band.count_non_zeros = count_non_zeros;
    band.traces = traces_of(worker);
    float* rest = floats_of(worker) + kTraceFloats;
    for (int link = 0; link + 1 < size_; ++link) {
      band.kept[link] = rest;
      rest += Aligned(strips.kept[link] * RowFloats(links_[link].out));
    }
    band.scratch = reinterpret_cast<char*>(rest);
    RunBand(band, strips);
  });
  for (int link = 0; link < size_; ++link) {
    WorkerTimes times(workers, &traces[link].conv);
    for (int worker = 0; worker < workers; ++worker) {
      const StepTrace& trace = traces_of(worker)[link];
      times[worker] = trace.conv;
      traces[link].seconds += trace.seconds / workers;
      traces[link].non_zeros += trace.non_zeros;
    }
    times.AddUp();
  }
  if (count_non_zeros) traces[0].non_zeros = CountNonZerosFor(SelectedTarget())(in_, 1, threads);
}

}  // namespace zeroskip
