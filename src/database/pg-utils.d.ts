declare module 'pg/lib/utils' {
  /** Encodes a parameter as pg sends it: text, or a Buffer unchanged. */
  export function prepareValue(value: unknown): string | Buffer | null;
}
