/** Places by an order, the first of them on top. */
export class Heap {
  readonly #places: Int32Array;
  readonly #isBefore: (i: number, j: number) => boolean;
  #size: number;

  /**
   * @param places kept, and ordered
   * @param isBefore of two places that differ
   */
  constructor(places: Int32Array, isBefore: (i: number, j: number) => boolean) {
    this.#places = places;
    this.#isBefore = isBefore;
    this.#size = places.length;
    for (let at = (this.#size >> 1) - 1; at >= 0; at--) this.#sink(at, places[at]!);
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

  /** The first place; undefined where there is none. */
  get top(): number | undefined {
    return this.#size > 0 ? this.#places[0] : undefined;
  }

  /** Puts another place in the place of the first. */
  replaceTop(place: number): void {
    this.#sink(0, place);
  }

  /** Takes the first place off; undefined where there is none. */
  pop(): number | undefined {
    const { top } = this;
    if (top !== undefined) this.#sink(0, this.#places[--this.#size]!);
    return top;
  }
}
