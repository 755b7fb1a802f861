export function showValue(value: number): string {
  return String(Number(value.toPrecision(4)));
}

export function showValues(values: Iterable<number>): string {
  return [...values].map(showValue).join(' ');
}
