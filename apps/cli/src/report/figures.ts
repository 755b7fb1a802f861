/** Three digits, or as many as stand before the point. */
export function milliseconds(ms: number): string {
  if (ms >= 100) return ms.toFixed(0);
  return ms >= 10 ? ms.toFixed(1) : ms.toFixed(2);
}

export function percent(share: number): string {
  const rounded = Math.round(share * 100);
  return `${rounded === 0 ? 0 : rounded} %`;
}

export function factor(ratio: number): string {
  if (ratio >= 100) return `${ratio.toFixed(0)}×`;
  return ratio >= 10 ? `${ratio.toFixed(1)}×` : `${ratio.toFixed(2)}×`;
}

/** A dash for what is absent. */
export function orDash(value: number | undefined, format: (value: number) => string): string {
  return value === undefined ? '–' : format(value);
}

/** Small differences, in powers of ten. */
export function scientific(value: number): string {
  if (value === 0) return '0';
  return Number.isFinite(value) ? value.toExponential(1) : String(value);
}

export function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
