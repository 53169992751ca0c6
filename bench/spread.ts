/** Median, and the smallest and largest. */
export function spread(values: number[], digits: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  const [least = NaN, median = NaN, most = NaN] = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  return `${median.toFixed(digits)} (${least.toFixed(digits)} to ${most.toFixed(digits)})`;
}
