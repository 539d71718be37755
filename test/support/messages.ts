/** The statements in what was given to a client of pg: the end of a transaction, or all of one, is a single message. */
export function textsOf(sent: unknown): string[] {
  if (typeof sent === 'string') return [sent];
  const { text, texts } = sent as { text?: string; texts?: string[] };
  return texts ?? [text ?? ''];
}
