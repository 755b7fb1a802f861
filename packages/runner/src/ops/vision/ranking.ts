/** Places of a list of scores, from the highest score on; of equal ones the first place is first. */
export class Ranking {
  readonly #scores: Float32Array;
  /** A heap, the next place on top. */
  readonly #places: Int32Array;
  #size = 0;

  /** @param least what the scores must exceed */
  constructor(scores: Float32Array, least: number) {
    this.#scores = scores;
    this.#places = new Int32Array(scores.length);
    for (let place = 0; place < scores.length; place++) {
      if (scores[place]! > least) this.#places[this.#size++] = place;
    }
    for (let at = (this.#size >> 1) - 1; at >= 0; at--) this.#sink(at, this.#places[at]!);
  }

  /** Whether place `i` comes before another one. */
  #isBefore(i: number, j: number): boolean {
    const [a, b] = [this.#scores[i]!, this.#scores[j]!];
    return a === b ? i < j : a > b;
  }

  #sink(from: number, place: number): void {
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && this.#isBefore(this.#places[child + 1]!, this.#places[child]!)) child++;
      if (!this.#isBefore(this.#places[child]!, place)) break;
      this.#places[at] = this.#places[child]!;
      at = child;
    }
    this.#places[at] = place;
  }

  /** The next place; undefined behind the last. */
  next(): number | undefined {
    if (this.#size === 0) return undefined;
    const best = this.#places[0]!;
    const last = this.#places[--this.#size]!;
    if (this.#size > 0) this.#sink(0, last);
    return best;
  }
}
