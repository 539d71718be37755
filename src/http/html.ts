/** Text that is safe to insert into a page unescaped. Only {@link html} makes it. */
export class Html {
  /** @internal */
  constructor(readonly text: string) {}
}

type Insertable = Html | string | number | undefined | readonly Html[];

/** Template for pages: html`<p>${name}</p>`. Escapes every inserted value that is not itself an Html. */
export function html(parts: TemplateStringsArray, ...values: Insertable[]): Html {
  return new Html(parts.reduce((text, part, index) => text + inserted(values[index - 1]) + part));
}

function inserted(value: Insertable): string {
  if (value === undefined) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(({ text }) => text).join('');
  return String(value).replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
