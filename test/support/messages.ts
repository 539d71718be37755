export interface Sent {
  readonly text: string;
  readonly values: unknown[];
}

interface BatchedStatement {
  readonly statement: string | { readonly text: string };
  readonly parameters?: readonly unknown[];
}

/** The statements in what was given to a client of pg: those of a batch are several in one message. */
export function statementsOf(sent: unknown, values?: unknown): Sent[] {
  if (typeof sent === 'string') return [{ text: sent, values: (values as unknown[] | undefined) ?? [] }];
  const said = sent as { text?: string; values?: unknown[]; statements?: readonly BatchedStatement[] };
  if (!said.statements) return [{ text: said.text ?? '', values: said.values ?? [] }];
  return said.statements.map(({ statement, parameters = [] }) => ({
    text: typeof statement === 'string' ? statement : statement.text,
    values: [...parameters],
  }));
}

/** The texts of `statementsOf`. */
export const textsOf = (sent: unknown): string[] => statementsOf(sent).map(({ text }) => text);
