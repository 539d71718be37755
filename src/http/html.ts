/** Text that may go into a page as it is. Only {@link html} makes it. */
export class Html {
  /** @internal */
  constructor(readonly text: string) {}
}

type Insertable = Html | string | number | undefined | readonly Html[];

/** A template for pages: html`<p>${name}</p>`. Whatever is put in is escaped, unless it was made here itself. */
export function html(parts: TemplateStringsArray, ...values: Insertable[]): Html {
  return new Html(parts.reduce((text, part, index) => text + inserted(values[index - 1]) + part));
}

function inserted(value: Insertable): string {
  if (value === undefined) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(({ text }) => text).join('');
  return String(value).replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
