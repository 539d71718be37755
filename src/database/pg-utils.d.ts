declare module 'pg/lib/utils' {
  /** A parameter as pg writes it: text, or bytes as they are. */
  export function prepareValue(value: unknown): string | Buffer | null;
}
