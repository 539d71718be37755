export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Median, smallest and largest; undefined when a value could not be measured. */
export function spread(values) {
  if (values.length === 0 || values.some((value) => value === undefined)) return undefined;
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** `sorted` in ascending order, `share` between 0 and 1. */
export function percentile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
