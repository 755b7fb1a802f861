/** Figures as the page writes them. */
const number = (value: number, digits: number) =>
  value.toLocaleString('en', { maximumSignificantDigits: digits, useGrouping: false });

export const figure = (value: number) =>
  value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e6)
    ? value.toExponential(2)
    : number(value, 4);

export const milliseconds = (ms: number) => `${number(ms, 3)} ms`;

export const percent = (share: number) => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;

export const dims = (sizes: readonly (number | string)[]) => sizes.join(' × ');

export const plural = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`;
