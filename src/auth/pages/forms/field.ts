import { type Html, html } from '../../../http/html';

interface Named {
  readonly name: string;
  /** What the page calls it; so do the refusals. */
  readonly label: string;
  /** What the calls below /v1 name it in their refusals, where that is something else. */
  readonly inCalls?: string;
  /** What it means, in a sentence below it. */
  readonly help?: string | undefined;
  /** Only some pages that have the form show it, so it comes back only where it was sent. */
  readonly onSomePages?: true;
}

/** A field of a form: told once, for the page it stands on and for the one that says why it was refused. */
export type Field = Named &
  (
    | {
        readonly kind: 'line';
        readonly type?: 'email' | 'search' | 'url' | 'tel';
        readonly most: number;
        readonly required?: true;
        readonly hint?: string;
        /** The id of a `datalist` on the page with what may well be meant. */
        readonly choicesAt?: string;
      }
    | { readonly kind: 'number'; readonly least: number; readonly most: number }
    /** A day of the calendar, as `2030-01-31`. */
    | { readonly kind: 'day' }
    | { readonly kind: 'choice'; readonly choices: Readonly<Record<string, string>> }
    | { readonly kind: 'box' }
    /** Any of several; of what the page alone knows the choices, the refusal keeps those that were ticked. */
    | { readonly kind: 'boxes'; readonly choices?: Readonly<Record<string, string>> }
    /** Several texts, one per line. */
    | { readonly kind: 'lines'; readonly hint?: string }
    /** A long one, such as a certificate; `forgotten` is one that is secret, and never comes back. */
    | { readonly kind: 'text'; readonly rows: number; readonly required?: true; readonly forgotten?: true }
    /** Never shown, nor what was typed into it. */
    | { readonly kind: 'secret'; readonly most: number }
    /** What the page alone knows or can show: sent along unseen, as often as it came. */
    | { readonly kind: 'kept' }
  );

/** What stands in the fields, as forms send it: a text, or several under the same name. */
export type Values = Readonly<Record<string, unknown>>;

export interface Standing {
  readonly values?: Values;
  /** What is wrong with which field. */
  readonly wrong?: ReadonlyMap<string, string>;
  /** Sets apart forms of the same kind on one page. */
  readonly apart?: string;
}

const LONGEST = 2048;
/** Metadata of a federation is long. */
const LONGEST_TEXT = 1024 * 1024;
/** Said beside a secret that was sent: what else was typed stands there again. */
const LOST = 'Enter it once more: what was typed here is not kept.';
/** Of fields that share a name: boxes, or a column of the longest table. */
const MOST_ALIKE = 250;

/** The fields with what stands in them, and beside each what is wrong with it. */
export const showFields = (fields: readonly Field[], standing: Standing = {}): readonly Html[] =>
  fields.map((field) => showField(field, standing, [...(standing.wrong?.keys() ?? [])][0] === field.name));

function showField(field: Field, { values = {}, wrong, apart }: Standing, isFirstWrong: boolean): Html {
  const id = apart === undefined ? field.name : `${field.name}-${apart}`;
  const isLost = isForgotten(field) && Boolean(values[field.name]);
  const { said, state } = saidAt(id, wrong?.get(field.name) ?? (isLost ? LOST : undefined), field.help);
  const texts = textsOf(field, values[field.name]);
  if (field.kind === 'box') {
    return html`${tickBox(field.name, 'on', field.label, texts.includes('on'), state)} ${said}`;
  }
  if (field.kind === 'boxes') return boxes(field, texts, state, said);
  if (field.kind === 'kept') {
    return html`${texts.map((text) => html`<input type="hidden" name="${field.name}" value="${text}" />`)}
    ${said}`;
  }
  return html`<label for="${id}">${field.label}</label>
    ${control(field, id, texts, html`${state} ${isFirstWrong ? html`autofocus` : undefined}`)} ${said}`;
}

/** What is wrong with the field of this id, beside it, and what ties the field to that. */
export const problemAt = (id: string, problem: string | undefined): Said => saidAt(id, problem, undefined);

/** What stands below a field, and what ties the field to that. */
interface Said {
  readonly said?: Html;
  readonly state?: Html;
}

/** What is wrong with the field of this id, and what it means. */
function saidAt(id: string, problem: string | undefined, help: string | undefined): Said {
  const ids = [
    ...(problem === undefined ? [] : [`${id}-wrong`]),
    ...(help === undefined ? [] : [`${id}-help`]),
  ];
  if (ids.length === 0) return {};
  return {
    said: html`${problem === undefined ? undefined : html`<p class="alarm" id="${id}-wrong">${problem}</p>`}
    ${help === undefined ? undefined : html`<p class="help" id="${id}-help">${help}</p>`}`,
    state: html`${problem === undefined ? undefined : html`aria-invalid="true" `}aria-describedby="${ids.join(' ')}"`,
  };
}

function control(
  field: Exclude<Field, { kind: 'box' | 'boxes' | 'kept' }>,
  id: string,
  texts: readonly string[],
  state: Html,
): Html {
  const named = html`id="${id}" name="${field.name}" ${state}`;
  const [text = ''] = texts;
  switch (field.kind) {
    case 'choice':
      return html`<select ${named}>
        ${options(field.choices, text)}
      </select>`;
    case 'number':
      return html`<input ${named} type="number" min="${field.least}" max="${field.most}" value="${text}" />`;
    case 'day':
      return html`<input ${named} type="date" value="${text}" />`;
    case 'secret':
      return html`<input ${named} type="password" autocomplete="off" maxlength="${field.most}" />`;
    case 'text':
      return html`<textarea
        ${named}
        rows="${field.rows}"
        spellcheck="false"
        ${field.required && html`required`}
      >
${text}</textarea>`;
    case 'lines':
      return html`<textarea
        ${named}
        rows="3"
        ${field.hint === undefined ? undefined : html`placeholder="${field.hint}"`}
      >
${texts.join('\n')}</textarea>`;
    case 'line': {
      const { type = 'text', most, required, hint, choicesAt } = field;
      return html`<input
        ${named}
        type="${type}"
        ${type === 'tel' ? html`autocomplete="tel"` : undefined}
        ${required && html`required`}
        maxlength="${most}"
        value="${text}"
        ${hint === undefined ? undefined : html`placeholder="${hint}"`}
        ${choicesAt === undefined ? undefined : html`list="${choicesAt}" autocomplete="off"`}
      />`;
    }
  }
}

function boxes(
  { name, label, choices }: Extract<Field, { kind: 'boxes' }>,
  ticked: readonly string[],
  state: Html | undefined,
  said: Html | undefined,
): Html {
  if (!choices) {
    const kept = ticked.map((value) => html`<input type="hidden" name="${name}" value="${value}" />`);
    return said
      ? html`<p>${label}</p>
          ${said} ${kept}`
      : html`${kept}`;
  }
  return html`<fieldset>
    <legend>${label}</legend>
    ${Object.entries(choices).map(([value, text]) => tickBox(name, value, text, ticked.includes(value), state))}
    ${said}
  </fieldset>`;
}

const tickBox = (name: string, value: string, label: string, ticked: boolean, state?: Html): Html => html`
  <label class="box">
    <input type="checkbox" name="${name}" value="${value}" ${ticked ? html`checked` : undefined} ${state} />
    ${label}
  </label>
`;

/** A choice of one, with the present one chosen. */
export const options = (all: Readonly<Record<string, string>>, chosen: string): readonly Html[] =>
  Object.entries(all).map(([value, label]) =>
    value === chosen
      ? html`<option value="${value}" selected>${label}</option>`
      : html`<option value="${value}">${label}</option>`,
  );

const isForgotten = (field: Field): boolean =>
  field.kind === 'secret' || (field.kind === 'text' && field.forgotten === true);

/** What stands in a field, as a form sends it. */
export function textsOf(field: Field, value: unknown): string[] {
  if (isForgotten(field)) return [];
  const longest = field.kind === 'lines' || field.kind === 'text' ? LONGEST_TEXT : LONGEST;
  return [value]
    .flat()
    .map((one: unknown) => (typeof one === 'number' ? String(one) : one === true ? 'on' : one))
    .filter((one) => typeof one === 'string')
    .slice(0, MOST_ALIKE)
    .map((text) => text.slice(0, longest));
}
