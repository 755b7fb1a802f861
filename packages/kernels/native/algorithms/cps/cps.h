// Convolution on tile sets: see docs/algorithms/cps.md. What the packing (cps.cc) and the execution
// (cps-simd.cc) share: how a layer is cut up.
#ifndef ZEROSKIP_ALGORITHMS_CPS_CPS_H_
#define ZEROSKIP_ALGORITHMS_CPS_CPS_H_

#include "conv/algorithm.h"
#include "conv/panels.h"
#include "parallel/parts.h"

namespace zeroskip {

// Positions of a set. 4: 15 patterns. With 6 (63 patterns) the lists are too short for their loop exits.
constexpr int kCpsP = 4;
constexpr int kCpsPatterns = (1 << kCpsP) - 1;
// Channels whose masks make one 64-bit word.
constexpr int kCpsWord = 64;
// A set of a kernel of one element is met once by each panel, which does not pay for a copy of its values: its list
// holds the place of its first position beside the offset of its weights.
constexpr int kCpsPlaceWords = 2;

// A set in a list of `pattern`, in words of 4 bytes: the offset of its weights from the panel's origin, in bytes, then
// its values that are not zero. The inner loop reads them one after the other, once for each row and panel that they
// meet.
constexpr int CpsSetWords(int pattern) {
  return 1 + (pattern & 1) + (pattern >> 1 & 1) + (pattern >> 2 & 1) + (pattern >> 3 & 1);
}

// Vectors of output channels that a micro-kernel of that width computes at once.
ZS_PER_TARGET(int, CpsMaxPanel, (int kernel))
ZS_PER_TARGET(void, CpsRun, (const ConvArgs& args))

// How the columns of a layer run.
//  replay: a set is kCpsP neighbouring input columns; each is encoded once and feeds all k_w taps (CPO's overlap).
//    With a dilation the columns of one phase (x mod d_w) are neighbours.
//  taps: a set is the input columns that one tap of kCpsP neighbouring outputs reads; encoded once per tap. With a
// stride
//    this is faster: a replayed set would meet half of the products with each of the weights that it pulls from L2.
struct CpsGeometry {
  bool replay;
  bool placed;           // lists hold places, not values
  int kernel;            // width of the micro-kernel: k_w in replay, 1 in taps
  int taps;              // encodings per row: 1 in replay, k_w in taps
  int phases;            // of columns: d_w in replay, 1 in taps
  int column_step;       // input columns between neighbouring positions of a set
  int carry;             // output pixels that the next tile continues
  // Rows: outputs y0, y0 + y_step, ... of a band read list rows [i * window_step, i * window_step + k_h).
  int y_step, row_step, window_step, max_outputs;

  static constexpr int kMaxOutputs = 32;

  // Words behind each list: appends store eight places, or four values.
  int Slack() const { return placed ? 8 * kCpsPlaceWords : kCpsP - 1; }
  int SetWords(int pattern) const { return placed ? kCpsPlaceWords : CpsSetWords(pattern); }

  explicit CpsGeometry(const ConvSpec& s) {
    replay = s.s_w == 1 && (s.k_w == 3 || s.k_w == 5 || s.k_w == 7);
    placed = s.k_h * s.k_w == 1;
    kernel = replay ? s.k_w : 1;
    taps = replay ? 1 : s.k_w;
    phases = replay ? s.d_w : 1;
    column_step = replay ? s.d_w : s.s_w;
    carry = kernel - 1;
    if (s.d_h == 1) {
      y_step = 1, row_step = 1, window_step = s.s_h, max_outputs = kMaxOutputs;
    } else if (s.s_h == 1) {
      y_step = s.d_h, row_step = s.d_h, window_step = 1, max_outputs = kMaxOutputs;
    } else {
      y_step = 1, row_step = s.d_h, window_step = 1, max_outputs = 1;
    }
  }
};

// The columns of one phase of a map that is `in_w` wide. Tiles begin at its first column, not in the padding: else the
// maps of a network, whose widths are multiples of four, would need a tile more, and their sets would hold fewer
// non-zeros.
struct CpsColumns {
  int outputs;  // of a row
  int first;    // output that tile 0 completes first; negative in the left border
  int start;    // the map's column, or one in the right padding, where tile 0 begins
  int tiles;    // all columns of the map that an output reads

  CpsColumns(const CpsGeometry& g, const ConvSpec& s, int in_w, int phase) {
    const int out_w = s.OutW(in_w);
    outputs = phase < out_w ? (out_w - phase + g.phases - 1) / g.phases : 0;
    // Columns of the phase that lie in the padding on either side.
    const int left = s.pad_l > phase ? std::min((s.pad_l - phase - 1) / s.d_w + 1, g.carry) : 0;
    const int last = (in_w - 1 + s.pad_l - phase) / s.d_w;
    const int right = std::clamp(outputs - 1 + g.carry - last, 0, g.carry);
    first = left - g.carry;
    start = phase + left * s.d_w - s.pad_l;
    tiles = outputs > 0 ? std::max(1, (outputs + g.carry - left - right + kCpsP - 1) / kCpsP) : 0;
  }
};

// Blocks of input channels: the weights of one block and panel stay in L2. A single block leaves its sums in registers;
// several read and write them, and share L2 with the next block's weights.
struct CpsChunks {
  static constexpr size_t kOnlyBytes = 640 << 10;
  static constexpr int kOnlyChannels = 256;
  static constexpr size_t kSharedBytes = 400 << 10;
  int channels, size, count;

  // `block`: channels of a block, a multiple of kCpsWord; 0 to choose.
  CpsChunks(const ConvSpec& s, int panel_floats, int block) : channels(s.GroupIn()) {
    const int words = (channels + kCpsWord - 1) / kCpsWord;
    const int max_words = block > 0 ? block / kCpsWord : ChooseWords(s, words, panel_floats);
    count = (words + max_words - 1) / max_words;
    size = (words + count - 1) / count * kCpsWord;
    count = (channels + size - 1) / size;
  }
  int Size(int chunk) const { return std::min(size, channels - chunk * size); }

 private:
  int ChooseWords(const ConvSpec& s, int words, int panel_floats) const {
    // The fewer channels a block has, the more of the many small grids share a pass over its weights: 256 -> 256 with a
    // dilation of 4 at 32 x 32 takes 0.83 of the time.
    if (s.d_h * s.d_w > 1) return 1;
    const size_t word_bytes = size_t(kCpsWord) * s.k_h * s.k_w * panel_floats * sizeof(float);
    const size_t bytes = words * word_bytes;
    const bool many = bytes > kOnlyBytes || (s.k_h * s.k_w > 1 && channels > kOnlyChannels);
    const size_t limit = many ? std::min(kSharedBytes, bytes / 2) : bytes;
    return std::max<int>(1, int(limit / word_bytes));
  }
};

struct CpsLayer {
  // Values of a map, at most, and weights for each of them, at least, for which workers share panels.
  static constexpr size_t kSharedMap = 96 << 10;
  static constexpr size_t kSharedWeights = 4;
  ConvSpec spec;
  CpsGeometry geometry;
  Panels panels;
  CpsChunks chunks;

  explicit CpsLayer(const ConvConfig& config)
      : spec(config.spec),
        geometry(spec),
        panels(spec.GroupOut(), VectorLanes(config.target), CpsMaxPanelFor(config.target)(geometry.kernel)),
        chunks(spec, panels.Floats(), config.parameters[0]) {}

  // Whether a group's weights stay in L2 from pass to pass.
  bool WeightsStay() const {
    return chunks.count * panels.count == 1 ||
           chunks.count * panels.count * PanelFloats(0) * sizeof(float) <= CpsChunks::kSharedBytes;
  }
  // Whether workers share a layer's panels rather than its rows: each then reads its part of the weights and encodes
  // all of the map, which pays where a small map meets many weights, since these come from beyond L2 in every run of a
  // network.
  bool SharesPanels(const InputSize& in, int threads) const {
    const size_t map_floats = size_t(in.n) * in.h * in.w * spec.in_c;
    return threads > 1 && spec.group == 1 && panels.count % threads == 0 && map_floats <= kSharedMap &&
           ChunkOffset(1, 0) > kSharedWeights * map_floats;
  }
  // Floats of one (list row, tap group, channel): [kx][vector lanes].
  int EntryFloats() const { return geometry.kernel * panels.Floats(); }
  // Packed weights are [group][chunk][panel][ky][tap][c][kx][lane].
  size_t ChunkOffset(int group, int chunk) const {
    const size_t per_channel = size_t(spec.k_h) * spec.k_w * panels.Floats() * panels.count;
    return (size_t(group) * chunks.channels + size_t(chunk) * chunks.size) * per_channel;
  }
  size_t PanelFloats(int chunk) const {
    return size_t(spec.k_h) * spec.k_w * panels.Floats() * chunks.Size(chunk);
  }
};

// A dilation parts an image into grids that have nothing in common: outputs of one residue of rows mod y_step and one
// phase of columns. A convolution runs in passes over the weights, each for a band of rows of several grids, a strip of
// their tiles, and one chunk. This is what a worker holds in a pass: the more, the more tiles share the weights; but a
// panel of these must stay in L2 beside the lists.
struct CpsWorkspace {
  static constexpr int kListBytes = 256 << 10;
  // Where the weights stay in L2 anyway: lists, or list rows x tiles if these are more.
  static constexpr int kFewListBytes = 40 << 10;
  static constexpr int kFewTiles = 192;
  // Of a channel of a tile, where two values of five are not zero.
  static constexpr int kUsualSetBytes = 6;
  // Rows of a band, though it leaves a worker without one.
  static constexpr int kLeastOutputs = 8;
  int residues, phases;  // of rows and columns that the output has
  int all_grids;       // of all images
  int all_tiles;       // of a row, in the phase with most
  bool shares_panels;  // all workers run all passes, each for its part of the panels
  Parts bands;         // of the output rows of a grid
  int outputs;         // rows of output per band, at most
  int rows;            // list rows per band
  int tiles;           // per strip
  int grids;           // per pass, at most
  size_t lists_bytes, positions_bytes, masks_bytes;

  CpsWorkspace(const CpsLayer& layer, const InputSize& in, int threads)
      : residues(std::min(layer.geometry.y_step, layer.spec.OutH(in.h))),
        phases(std::min(layer.geometry.phases, layer.spec.OutW(in.w))),
        all_grids(in.n * residues * phases),
        all_tiles(AllTiles(layer, in)),
        shares_panels(layer.SharesPanels(in, threads)),
        bands(Outputs(layer, in), MaxOutputs(layer, in, shares_panels ? 1 : threads), layer.spec.group,
              all_grids == 1 && !shares_panels ? threads : 1),
        outputs(bands.Largest()),
        rows((outputs - 1) * layer.geometry.window_step + layer.spec.k_h),
        tiles(Parts(all_tiles, std::max(1, Area(layer) / rows), 1, 1).Largest()),
        grids(std::clamp(Area(layer) / (rows * tiles), 1, std::max(1, all_grids))) {
    const int channels = std::min(layer.chunks.size, layer.chunks.channels);
    const size_t tile_rows = size_t(rows) * tiles;
    // A channel of a row is in one list of a tile, at most with all its positions.
    const size_t set_words = tile_rows * layer.geometry.taps * channels * layer.geometry.SetWords(kCpsPatterns);
    const size_t slack_words = size_t(tiles) * kCpsPatterns * layer.geometry.Slack();
    lists_bytes = Aligned((set_words + slack_words) * grids * sizeof(uint32_t));
    positions_bytes = Aligned((tile_rows + tiles) * (kCpsPatterns + 1) * grids * sizeof(uint32_t));
    masks_bytes = tile_rows * layer.geometry.taps * kCpsP * (layer.chunks.size / kCpsWord) * sizeof(uint64_t);
  }
  size_t Bytes() const { return Aligned(lists_bytes + positions_bytes + masks_bytes); }

 private:
  static size_t Aligned(size_t bytes) { return (bytes + 63) / 64 * 64; }
  int AllTiles(const CpsLayer& layer, const InputSize& in) const {
    int most = 1;
    for (int phase = 0; phase < phases; ++phase) {
      most = std::max(most, CpsColumns(layer.geometry, layer.spec, in.w, phase).tiles);
    }
    return most;
  }
  // List rows x tiles whose lists fit.
  static int Area(const CpsLayer& layer) {
    const int channels = std::min(layer.chunks.size, layer.chunks.channels);
    const int row_bytes = kUsualSetBytes * layer.geometry.taps * channels;
    return layer.WeightsStay() ? std::max(kFewListBytes / row_bytes, kFewTiles) : kListBytes / row_bytes;
  }
  // Output rows of a grid.
  static int Outputs(const CpsLayer& layer, const InputSize& in) {
    return (layer.spec.OutH(in.h) + layer.geometry.y_step - 1) / layer.geometry.y_step;
  }
  // Tall bands, since each encodes k_h - 1 rows of its neighbour anew: where whole rows fit, or one for each worker.
  int MaxOutputs(const CpsLayer& layer, const InputSize& in, int threads) const {
    const CpsGeometry& g = layer.geometry;
    const int fitting = (Area(layer) / all_tiles - layer.spec.k_h) / g.window_step + 1;
    return std::min(g.max_outputs, std::max({kLeastOutputs, fitting, (Outputs(layer, in) + threads - 1) / threads}));
  }
};

}  // namespace zeroskip

#endif  // ZEROSKIP_ALGORITHMS_CPS_CPS_H_
