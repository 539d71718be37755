import { html, type Html } from '../../http/html';
import type { Problem } from '../../http/problems';
import type { SetupView } from '../../sso-connections/setup-links/setup-view.service';
import { showFields, type Standing, type Values } from '../pages/forms/field';
import { type RefusedFields, refusedFields } from '../pages/forms/refused-fields';
import { shownHere } from '../pages/forms/seen';
import { SETUP_FIELDS, type SetupFormName, SIGNER } from './setup-fields';

/** Where the forms of a set-up are sent to, and what goes along with each, unseen. */
export interface SetupForms {
  readonly action: (form: SetupFormName) => string;
  readonly hidden?: Html;
  /** What makes of a form that is pressed twice one change, with one secret. */
  readonly once?: Html;
  readonly refused?: RefusedSetup | undefined;
}

/** A form that was refused: which one, and what stood in it. */
export interface RefusedSetup extends RefusedFields {
  readonly form: SetupFormName;
  readonly values: Values;
}

/** What is wrong with which field of the form that was sent. */
export function refusedSetup(problem: Problem, values: Values): RefusedSetup {
  const names = Object.keys(SETUP_FIELDS) as SetupFormName[];
  const form = names.find((name) => values[name] !== undefined) ?? names[0]!;
  return { form, values, ...refusedFields(problem, [...SETUP_FIELDS[form], SIGNER]) };
}

/**
 * Three ways to say the same; the first is the best, since it can be read again when certificates change. Where an admin
 * has decided whose signature metadata must carry, nothing else is offered.
 */
export function samlForms(forms: SetupForms, { saml, revision }: SetupView['connection']): Html {
  const { action, hidden, once, refused } = forms;
  const isSigned = (saml?.metadataCertificates.length ?? 0) > 0;
  return html`<form method="post" action="${action('metadataUrl')}">
      ${hidden} ${once} ${fieldsOf('metadataUrl', refused)}
      ${isSigned ? undefined : signer('metadataUrl', refused)}
      <button class="quiet">Read it from there</button>
    </form>
    <details ${openIf(refused?.form === 'metadataXml')}>
      <summary>Or paste the metadata</summary>
      <form method="post" action="${action('metadataXml')}">
        ${hidden} ${once} ${fieldsOf('metadataXml', refused)}
        ${isSigned ? undefined : signer('metadataXml', refused)}
        <button class="quiet">Read it</button>
      </form>
    </details>
    ${isSigned ? undefined : singleValues(forms, saml, revision)}`;
}

const [ENTITY_ID, SSO_URL, CERTIFICATE, ...TRAVEL] = SETUP_FIELDS.entityId;

/** As they are known, to change one of them; what few have to say stands folded. */
function singleValues(
  { action, hidden, once, refused }: SetupForms,
  saml: SetupView['connection']['saml'],
  revision: number,
): Html {
  const standing = { values: { ...saml }, ...standingOf('entityId', refused) };
  const certificate = { ...CERTIFICATE, ...(saml && { help: 'Leave it empty to keep what is known.' }) };
  const isSaid = [saml?.ssoPostUrl, saml?.sloUrl].some(Boolean);
  return html`<details ${openIf(refused?.form === 'entityId')}>
    <summary>Or enter the single values</summary>
    <form method="post" action="${action('entityId')}">
      ${hidden} ${once} ${shownHere(revision)} ${showFields([ENTITY_ID, SSO_URL, certificate], standing)}
      <details ${openIf(isSaid || TRAVEL.some(({ name }) => standing.wrong?.has(name)))}>
        <summary>HTTP-POST, and single logout</summary>
        ${showFields(TRAVEL, standing)}
      </details>
      <button class="quiet">Save</button>
    </form>
  </details>`;
}

function signer(form: SetupFormName, refused: RefusedSetup | undefined): Html {
  const standing = standingOf(form, refused);
  return html`<details ${openIf(standing.values?.[SIGNER.name] !== undefined)}>
    <summary>It is signed, and must always be</summary>
    ${showFields([SIGNER], { ...standing, apart: form })}
  </details>`;
}

const fieldsOf = (form: SetupFormName, refused: RefusedSetup | undefined) =>
  showFields(SETUP_FIELDS[form], standingOf(form, refused));

/** What stands in a form that was refused, and what is wrong there; nothing for any other form. */
export const standingOf = (form: SetupFormName, refused: RefusedSetup | undefined): Standing =>
  refused?.form === form ? { values: refused.values, wrong: refused.wrong } : {};

/** Whether something that folds is unfolded. */
export const openIf = (isOpen: boolean): Html | undefined => (isOpen ? html`open` : undefined);
