// Convolutions that follow one another, some rows of the last at a time: what one writes, the next reads from cache.
#ifndef ZEROSKIP_PROGRAM_CHAIN_H_
#define ZEROSKIP_PROGRAM_CHAIN_H_

#include "program/step.h"

namespace zeroskip {

struct ChainLink {
  const Convolution* convolution;
  MapView addend;  // without data: nothing is added
  bool add_first;
  MapView out;  // has no data of its own but for the last link: some of its rows are in the workspace
};

class Chain {
 public:
  static constexpr int kMaxLinks = 16;

  // Whether each of `threads` has enough of the last link's `rows`: what two of them need of the links before, both
  // compute.
  static bool Pays(int rows, int threads) { return rows >= kLeastRows * threads; }

  explicit Chain(const MapView& in) : in_(in) {}
  void Add(const ChainLink& link) { links_[size_++] = link; }
  int Size() const { return size_; }
  size_t ScratchFloats(int threads) const;
  // Fills a trace for each link; `traces` are new.
  void Run(char* scratch, int threads, bool count_non_zeros, StepTrace* traces) const;

 private:
  static constexpr int kLeastRows = 8;

  struct Rows {
    int first, end;
    int Size() const { return end - first; }
  };
  // How many rows of the last link are computed at a time, and how many are kept of each of the others then.
  struct Strips {
    int rows;
    int kept[kMaxLinks];
    size_t floats;  // of all that are kept
  };
  struct Band;

  const ConvSpec& SpecOf(int link) const { return links_[link].convolution->Config().spec; }
  const MapView& InOf(int link) const { return link == 0 ? in_ : links_[link - 1].out; }
  // Rows of a link's input that it reads for `rows` of its output, from some before the first to some behind the last
  // where these are over the border.
  Rows Reach(int link, Rows rows) const;
  // The same without the border.
  Rows Under(int link, Rows rows) const;
  Strips StripsOf(int rows) const;
  Strips StripsInCache() const;
  size_t WorkspaceFloats(const Strips& strips) const;
  void RunBand(const Band& first, const Strips& strips) const;
  void RunRows(const Band& band, int link, Rows rows) const;

  MapView in_;
  ChainLink links_[kMaxLinks];
  int size_ = 0;
};

}  // namespace zeroskip

#endif  // ZEROSKIP_PROGRAM_CHAIN_H_
