/**
 * A cell of CSV (RFC 4180). A spreadsheet must not take what somebody wrote for a formula: those begin with one of these
 * signs, full-width ones too, perhaps behind spaces.
 */
export function csvCell(text: string): string {
  const harmless = /^\s*[=+\-@|%＝＋－＠]|^[\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
