#include "algorithms/cpo/cpo.h"

#include <cstring>

#include "parallel/parts.h"
#include "parallel/thread_pool.h"
#include "parallel/timer.h"
#include "conv/finish-inl.h"
#include "simd/masks-inl.h"

namespace zeroskip {
namespace ZS_TARGET {
namespace {

// Sums of one output pixel stay in registers; every weight vector meets one element, so it is an operand of the
// FMA and needs no register.
constexpr int kMaxVectors = kRegisters == 32 ? 16 : 8;

// Where column j of the padded map stands: its first slab and how many slabs hold it.
struct Column {
  int first_slab, overlap;

  Column(int j, const ConvSpec& s, int slabs) {
    const int last = HWY_MIN(j / s.s_w, slabs - 1);
    first_slab = j < s.k_w ? 0 : (j - s.k_w) / s.s_w + 1;
    overlap = HWY_MAX(0, last - first_slab + 1);
  }
};

class Worker {
 public:
  Worker(const ConvArgs& args, const CpoWorkspace& w, const Panels& panels, int index)
      : args_(args), spec_(*args.spec), workspace_(w), panels_(panels) {
    char* scratch = args.scratch + w.Bytes() * size_t(index);
    const auto take = [&scratch](size_t bytes) {
      char* const taken = scratch;
      scratch += bytes;
      return taken;
    };
    elements_ = reinterpret_cast<CpoElement*>(take(w.elements_bytes));
    values_ = reinterpret_cast<float*>(take(w.values_bytes));
    begins_ = reinterpret_cast<uint32_t*>(take(w.pointers_bytes));
    ends_ = reinterpret_cast<uint32_t*>(take(w.pointers_bytes));
    cursors_ = reinterpret_cast<uint32_t*>(take(w.cursors_bytes));
    positions_ = reinterpret_cast<uint32_t*>(take(w.positions_bytes));
    indices_ = reinterpret_cast<uint16_t*>(take(w.indices_bytes));
  }

  void RunBand(int image, int group, int y0, int outputs, ConvTimes* times) {
    Timer timer;
    const int rows = (outputs - 1) * spec_.s_h + spec_.k_h;
    Encode(image, group, y0, rows);
    times->lowered += Replay(rows) * sizeof(CpoElement);
    times->lowered += size_t(workspace_.columns) * (rows + 1) * sizeof(uint32_t);
    times->encode += timer.Seconds();
    timer = Timer();
    for (int p = 0; p < panels_.count; ++p) {
      Unroll<kMaxVectors>([&](auto i) {
        if (panels_.Vectors(p) == i + 1) Multiply<i + 1>(image, group, p, y0, outputs);
      });
    }
    times->compute += timer.Seconds();
  }

 private:
  // The band as CPO: per channel, DA (`values_`) and IN (`indices_`) grouped by overlap, then by first slab, then
  // by column and row. A group of a channel has room for all its positions; begins_ and ends_ are the pointers,
  // kept per column ([column][channel]) because a column has one overlap and one first slab.
  void Encode(int image, int group, int y0, int rows) {
    const MapView& in = args_.in;
    const int channels = workspace_.channels;
    const int slabs = args_.out.w;
    size_t columns_of[kCpoMaxKernelWidth + 1] = {};
    for (int j = 0; j < workspace_.columns; ++j) ++columns_of[Column(j, spec_, slabs).overlap];
    size_t start = 0;
    for (int r = 0; r <= workspace_.overlaps; ++r) {
      for (int c = 0; c < channels; ++c) {
        cursors_[size_t(r) * channels + c] = uint32_t(size_t(c) * workspace_.rows * workspace_.columns + start);
      }
      start += columns_of[r] * size_t(workspace_.rows);
    }
    const int top = y0 * spec_.s_h - spec_.pad_t;
    for (int j = 0; j < workspace_.columns; ++j) {
      const Column column(j, spec_, slabs);
      uint32_t* cursors = cursors_ + size_t(column.overlap) * channels;
      std::memcpy(begins_ + size_t(j) * channels, cursors, size_t(channels) * sizeof(uint32_t));
      const int x = j - spec_.pad_l;
      if (column.overlap > 0 && x >= 0 && x < in.w) {
        const int tap = j - column.first_slab * spec_.s_w;
        for (int row = 0; row < rows; ++row) {
          if (top + row < 0 || top + row >= in.h) continue;
          const float* pixel = in.Pixel(image, top + row, x) + group * channels;
          const uint16_t index = uint16_t(row * spec_.k_w + tap);
          for (int c0 = 0; c0 < channels; c0 += 64) {
            for (uint64_t bits = NonZeroBits(pixel + c0, HWY_MIN(64, channels - c0)); bits; bits &= bits - 1) {
              const int c = c0 + int(hwy::Num0BitsBelowLS1Bit_Nonzero64(bits));
              const uint32_t at = cursors[c]++;
              values_[at] = pixel[c];
              indices_[at] = index;
            }
          }
        }
      }
      std::memcpy(ends_ + size_t(j) * channels, cursors, size_t(channels) * sizeof(uint32_t));
    }
  }

  // Orders the elements of each column by row, all channels together: what a window of k_h rows multiplies is
  // then one run. elements_ is [column][row][...], positions_[column][row] where each row begins. Returns their number.
  size_t Replay(int rows) {
    const int channels = workspace_.channels;
    const uint32_t channel_bytes = uint32_t(panels_.Floats() * sizeof(float));
    const uint32_t row_bytes = uint32_t(spec_.k_w * channels) * channel_bytes;
    uint32_t next = 0;
    for (int j = 0; j < workspace_.columns; ++j) {
      uint32_t* positions = positions_ + size_t(j) * (workspace_.rows + 1);
      std::memset(positions, 0, size_t(rows + 1) * sizeof(uint32_t));
      const uint32_t* begins = begins_ + size_t(j) * channels;
      const uint32_t* ends = ends_ + size_t(j) * channels;
      for (int c = 0; c < channels; ++c) {
        for (uint32_t at = begins[c]; at < ends[c]; ++at) ++positions[indices_[at] / unsigned(spec_.k_w)];
      }
      for (int row = 0; row <= rows; ++row) {
        const uint32_t count = positions[row];
        positions[row] = next;
        next += count;
      }
      for (int c = 0; c < channels; ++c) {
        for (uint32_t at = begins[c]; at < ends[c]; ++at) {
          const unsigned row = indices_[at] / unsigned(spec_.k_w);
          elements_[positions[row]++] = {values_[at], row * row_bytes + uint32_t(c) * channel_bytes};
        }
      }
      // The cursors have moved to the ends of their rows: the beginnings of the next ones.
      for (int row = rows; row > 0; --row) positions[row] = positions[row - 1];
      positions[0] = j == 0 ? 0 : positions_[size_t(j - 1) * (workspace_.rows + 1) + rows];
    }
    return next;
  }

  template <int Q>
  void Multiply(int image, int group, int panel, int y0, int outputs) {
    const D d;
    const size_t channel_floats = size_t(panels_.Floats());
    const size_t tap_floats = size_t(workspace_.channels) * channel_floats;
    const float* weights =
        args_.packed + (size_t(group) * panels_.count + panel) * spec_.k_h * spec_.k_w * tap_floats;
    const int channel = group * spec_.GroupOut() + panels_.First(panel);
    const int valid = panels_.Valid(panel);
    for (int i = 0; i < outputs; ++i) {
      const int window = i * spec_.s_h;
      const uintptr_t row_weights =
          reinterpret_cast<uintptr_t>(weights) - size_t(window) * spec_.k_w * tap_floats * sizeof(float);
      for (int x = 0; x < args_.out.w; ++x) {
        V acc[Q];
        Unroll<Q>([&](auto q) __attribute__((always_inline)) {
          acc[q] = hn::LoadU(d, args_.bias + channel + q * kLanes);
        });
        for (int kx = 0; kx < spec_.k_w; ++kx) {
          const uint32_t* positions = positions_ + size_t(x * spec_.s_w + kx) * (workspace_.rows + 1) + window;
          const CpoElement* const stop = elements_ + positions[spec_.k_h];
          const uintptr_t tap_weights = row_weights + size_t(kx) * tap_floats * sizeof(float);
          for (const CpoElement* e = elements_ + positions[0]; e != stop; ++e) {
            const float* w = reinterpret_cast<const float*>(tap_weights + e->weights);
            const V value = hn::Set(d, e->value);
            Unroll<Q>([&](auto q) __attribute__((always_inline)) {
              acc[q] = hn::MulAdd(value, hn::LoadU(d, w + q * kLanes), acc[q]);
            });
          }
        }
        float* to = args_.out.Pixel(image, y0 + i, x) + channel;
        const float* addend = args_.AddendAt(image, y0 + i, x, channel);
        Unroll<Q>([&](auto q) __attribute__((always_inline)) {
          const int left = valid - q * kLanes;
          if (left <= 0) return;
          StorePartial(Finish(args_.end, acc[q], addend ? addend + q * kLanes : nullptr, left), to + q * kLanes, left);
        });
      }
    }
  }

  const ConvArgs& args_;
  const ConvSpec& spec_;
  const CpoWorkspace& workspace_;
  const Panels& panels_;
  CpoElement* elements_;
  float* values_;
  uint16_t* indices_;
  uint32_t* begins_;
  uint32_t* ends_;
  uint32_t* cursors_;
  uint32_t* positions_;
};

}  // namespace

int CpoMaxPanel() { return kMaxVectors; }

void CpoRun(const ConvArgs& args) {
  const ConvSpec& s = *args.spec;
  const Panels panels = CpoPanels(*args.config);
  const CpoWorkspace workspace(s, {args.in.n, args.in.h, args.in.w});
  ConvTimes times[kMaxWorkers];
  const int workers = HWY_MIN(args.threads, kMaxWorkers);
  const Parts bands(args.out.h, kCpoBandRows, int64_t(args.out.n) * s.group, workers);
  ParallelForInTurn(args.out.n * s.group * bands.count, workers, [&](int task, int index) {
    const int band = task % bands.count;
    const int group = task / bands.count % s.group;
    const int image = task / bands.count / s.group;
    Worker(args, workspace, panels, index).RunBand(image, group, bands.First(band), bands.Size(band), &times[index]);
  });
  AddTimes(times, workers, args.times);
}

}  // namespace ZS_TARGET
}  // namespace zeroskip
