import { ATTRIBUTE_FIELDS } from '../../auth/pages/forms/attribute-forms';
import { type Field, showFields } from '../../auth/pages/forms/field';
import { shownHere } from '../../auth/pages/forms/seen';
import { type Html, html } from '../../http/html';
import { MAPPED_FIELDS } from '../../sso-connections/attribute-mapping';
import { usualNames } from '../../sso-connections/attribute-sources';
import type { SetupView } from '../../sso-connections/setup-links/setup-view.service';
import { endsInTwoSteps, of } from '../frame';

type Connection = SetupView['connection'];

/** What the connection takes from an answer, and what it demands of metadata: decided by admins, not by an IT contact. */
export function connectionTerms(here: string, { connection, cameAs }: SetupView): Html {
  const standing = { values: { ...connection.attributeMapping }, apart: 'attributes' };
  const isSaml = connection.type === 'saml';
  const fields = fieldsOf(connection);
  const lines = fields.filter(({ kind }) => kind === 'line');
  // What can be chosen is wider than a column.
  const choices = fields.filter(({ kind }) => kind === 'choice');
  return html`<h2>What is read of a person</h2>
    <p class="soft">
      Write the name of the ${isSaml ? 'attribute' : 'claim'} as your identity provider sends it. What is left
      empty is read from the ${isSaml ? 'usual names, of which the grey one is the likeliest' : 'grey one'}.
    </p>
    <form method="post" action="${here}/attributes/${connection.type}">
      ${shownHere(connection.revision)}
      <div class="columns">${lines.map((field) => html`<div>${showFields([field], standing)}</div>`)}</div>
      ${showFields(choices, standing)}
      <button class="quiet" ${of('Save:', 'What is read of a person')}>Save</button>
      <datalist id="${CAME}">${cameAs.map((name) => html`<option value="${name}"></option>`)}</datalist>
    </form>
    ${cameAs.length > 0 ? came(cameAs) : undefined} ${isSaml ? usual(connection) : undefined}
    ${signedMetadata(here, connection)}`;
}

const CAME = 'came';

/** What the provider really sends, for whoever looks for the right name. */
const came = (names: readonly string[]): Html =>
  html`<details>
    <summary>What came with the latest sign-ins</summary>
    <p>${names.map((name, at) => html`${at === 0 ? '' : ', '}<code>${name}</code>`)}</p>
  </details>`;

const usual = (connection: Connection): Html =>
  html`<details>
    <summary>The usual names</summary>
    <dl>
      ${MAPPED_FIELDS.map(
        (field) =>
          html`<dt>${LABELS.get(field)}</dt>
            <dd>
              ${usualNames(connection, field).map((name, at) => html`${at === 0 ? '' : ', '}<code>${name}</code>`)}
            </dd>`,
      )}
    </dl>
  </details>`;

const LABELS = new Map(ATTRIBUTE_FIELDS.oidc.map(({ name, label }) => [name, label]));

/** Each with the name it is read from where it is left empty. */
const fieldsOf = (connection: Connection): readonly Field[] =>
  ATTRIBUTE_FIELDS[connection.type].map((field): Field => {
    const mapped = MAPPED_FIELDS.find((name) => name === field.name);
    return mapped && field.kind === 'line'
      ? { ...field, hint: usualNames(connection, mapped)[0]!, choicesAt: CAME }
      : field;
  });

const signedMetadata = (here: string, { name, saml }: Connection): Html | undefined =>
  saml && saml.metadataCertificates.length > 0
    ? html`<h2>Signed metadata</h2>
        <p class="soft">
          Metadata is taken only when it is signed by the certificate above; certificates cannot be typed in.
        </p>
        ${endsInTwoSteps({
          action: `${here}/signed-metadata/end`,
          ...{ does: 'Take it unsigned too', what: `for ${name}` },
          follows:
            'Whoever can change what its address answers decides from then on who signs people in. What is known of the identity provider now stays.',
        })}`
    : undefined;
