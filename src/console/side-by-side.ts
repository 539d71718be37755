import { type Html, html } from '../http/html';

/** A change of one field; a side without a value was empty. */
export interface FieldChange {
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** What changed, each field in a row with what it was before and is now. */
export const sideBySide = (changes: readonly FieldChange[]): Html => html`
  <table>
    <thead>
      <tr>
        <th scope="col">Field</th>
        <th scope="col">Before</th>
        <th scope="col">After</th>
      </tr>
    </thead>
    <tbody>
      ${changes.map(
        ({ field, before, after }) =>
          html`<tr>
            <th scope="row">${field}</th>
            <td>${shownValue(before)}</td>
            <td>${shownValue(after)}</td>
          </tr>`,
      )}
    </tbody>
  </table>
`;

/** A value as people read it: text as it is, anything else as JSON. */
export const shownValue = (value: unknown): string =>
  value === undefined || value === null ? '–' : typeof value === 'string' ? value : JSON.stringify(value);
