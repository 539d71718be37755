/** A Markdown table, its columns padded to equal width. The first column is text, all others are numbers. */
export function table(head, rows) {
  const widths = head.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => row[column].length)),
  );
  const pad = (text, column) => (column === 0 ? text.padEnd(widths[column]) : text.padStart(widths[column]));
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [head.map(pad), rule, ...rows.map((row) => row.map(pad))]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

/** 1 234 567.8 as `1 234 568`, 12.34 as `12.3`, 0.456 as `0.46`; a dash for what could not be measured. */
export function number(value) {
  if (value === undefined) return '-';
  if (value >= 100) return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ' ');
  return value.toFixed(value >= 10 ? 1 : 2);
}

/** `12.3 (10.1-14.8)` */
export function range(spread) {
  return spread ? `${number(spread.median)} (${number(spread.min)}-${number(spread.max)})` : '-';
}
