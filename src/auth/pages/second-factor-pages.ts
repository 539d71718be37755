import { type Html, html } from '../../http/html';
import type { HtmlPage } from '../../http/html-page';
import type { Enrolment } from '../factors/enrolment';
import type { SecondFactorAskedDto } from '../mfa/second-factor-asked.dto';
import { carriedOn, towards } from '../browser/destination';
import { sentOnce } from './forms/sent-once';
import { copyButton } from './copyable';
import { keyForApp } from './key-for-app';
import { alarm, card, PAGES } from './pages';
import { passkeyForm } from './passkey-form';

/** A sign-in whose first step is done. */
export interface Begun {
  readonly mfaToken: string;
  /** The page of the console that was wanted. */
  readonly destination?: string | undefined;
}

/** What a page needs to know of one. */
export type Asked = Begun &
  Pick<SecondFactorAskedDto, 'factors' | 'enrollableFactors' | 'enrollmentSkippableUntil'>;

/** Where the person goes afterwards may be an application somewhere else. */
const SECOND_STEP = { formsLeadElsewhere: true, script: PAGES.script } as const;

/** After a right first step: an authenticator, a code of an app or of a text message, or one from paper. */
export function secondFactorPage({ factors, ...begun }: Asked): HtmlPage {
  const of = (type: string) => factors.filter((factor) => factor.type === type);
  const recovery = of('recovery')[0];
  return {
    ...SECOND_STEP,
    title: 'One more step',
    body: card(html`
      <h1>One more step</h1>
      ${of('totp').map(({ id }) => codeForm(begun, id, CODE_FIELD, 'Code of your authenticator app'))}
      ${of('webauthn').map(({ id }) => keyForm(begun, id))}
      ${of('sms').map(({ id }) => stepForm(PAGES.sendCode, begun, { factorId: id }, 'Text me a code'))}
      ${
        recovery
          ? html`<details>
              <summary>Use a recovery code instead</summary>
              ${codeForm(begun, recovery.id, RECOVERY_FIELD)}
            </details>`
          : undefined
      }
      ${fromTheBeginning(begun)}
    `),
  };
}

/** The workspace asks for a second factor and this person has none yet: which one shall it be? */
export function choicePage({ enrollableFactors = [], enrollmentSkippableUntil, ...begun }: Asked): HtmlPage {
  return {
    ...SECOND_STEP,
    title: 'Set up a second factor',
    body: card(html`
      <h1>Set up a second factor</h1>
      <p class="soft">This workspace asks for more than you have shown.</p>
      ${choices(begun, enrollableFactors)} ${skipForm(begun, enrollmentSkippableUntil)}
      ${fromTheBeginning(begun)}
    `),
  };
}

/** The set-up that was chosen, and the other ways. */
export function enrollmentPage(
  { enrollableFactors = [], enrollmentSkippableUntil, ...begun }: Omit<Asked, 'factors'>,
  enrolment: Enrolment,
): HtmlPage {
  return {
    ...SECOND_STEP,
    title: 'Set up a second factor',
    body: card(html`
      <h1>Set up a second factor</h1>
      ${setUp(begun, enrolment)} ${otherChoices(begun, enrollableFactors, enrolment.type)}
      ${skipForm(begun, enrollmentSkippableUntil)} ${fromTheBeginning(begun)}
    `),
  };
}

/** A code is on its way to a phone. */
export function codeSentPage(begun: Begun, factorId: string, phone: string): HtmlPage {
  return {
    ...SECOND_STEP,
    title: 'Enter the code',
    body: card(html`
      <h1>Enter the code</h1>
      <p class="soft">It was sent to ${phone}.</p>
      ${codeForm(begun, factorId, CODE_FIELD)}
      ${stepForm(PAGES.sendCode, begun, { factorId }, 'Send another one')} ${fromTheBeginning(begun)}
    `),
  };
}

/** After an answer that was wrong. A key for an app is shown once: who may have typed it wrong gets another one. */
export function answerAgainPage(
  begun: Begun,
  factorId: string,
  { error, passkey, settingUp }: { error: string; passkey: boolean; settingUp: boolean },
): HtmlPage {
  return {
    ...SECOND_STEP,
    title: 'One more step',
    body: card(html`
      <h1>One more step</h1>
      ${alarm(error)}
      ${passkey ? keyForm(begun, factorId) : codeForm(begun, factorId, settingUp ? FIRST_CODE_FIELD : ANY_FIELD)}
      ${settingUp ? anotherKeyForm(begun) : undefined} ${fromTheBeginning(begun)}
    `),
  };
}

/** After a number that takes no codes, or none now: another one, or the same again. */
export function phoneAgainPage(begun: Begun, { error, phone }: { error: string; phone: string }): HtmlPage {
  return {
    ...SECOND_STEP,
    title: 'Set up a second factor',
    body: card(html`
      <h1>Set up a second factor</h1>
      ${alarm(error)} ${phoneForm(begun, phone)} ${fromTheBeginning(begun)}
    `),
  };
}

/** After a text message that did not leave. */
export function messageAgainPage(begun: Begun, factorId: string, error: string): HtmlPage {
  return {
    ...SECOND_STEP,
    title: 'One more step',
    body: card(html`
      <h1>One more step</h1>
      ${alarm(error)} ${stepForm(PAGES.sendCode, begun, { factorId }, 'Text me a code')}
      ${fromTheBeginning(begun)}
    `),
  };
}

/** Shown once. The person is signed in by now. */
export function recoveryCodesPage(codes: readonly string[], next: string): HtmlPage {
  return {
    title: 'Recovery codes',
    copies: true,
    body: card(html`
      <h1>Keep these recovery codes</h1>
      <p class="soft">
        Each one lets you in once when your second factor is out of reach. They are shown here and never
        again.
      </p>
      <ul>
        ${codes.map((code) => html`<li><code>${code}</code></li>`)}
      </ul>
      ${copyButton('the recovery codes')}
      <p><a href="${next}">I have kept them</a></p>
    `),
  };
}

function otherChoices(begun: Begun, types: readonly string[], chosen: string): Html | undefined {
  const others = types.filter((type) => type !== chosen);
  if (others.length === 0) return undefined;
  return html`<details>
    <summary>Use something else instead</summary>
    ${choices(begun, others)}
  </details>`;
}

function choices(begun: Begun, types: readonly string[]): Html {
  return html`${types.map((type) => {
    if (type === 'webauthn') return newKeyForm(begun);
    if (type === 'sms') return phoneForm(begun);
    return stepForm(PAGES.setUp, begun, { type }, 'Use an authenticator app');
  })}`;
}

function setUp(begun: Begun, enrolment: Enrolment): Html {
  if (enrolment.type === 'sms') {
    return html`<p class="soft">A code was sent to ${enrolment.phone}.</p>
      ${codeForm(begun, enrolment.id, CODE_FIELD)}`;
  }
  if (enrolment.type === 'webauthn') return newKeyForm(begun);
  return html`<p class="soft">
      This workspace asks for more than you have shown. Scan this with an authenticator app, and enter the
      code that the app shows then.
    </p>
    ${keyForApp(enrolment)} ${codeForm(begun, enrolment.id, FIRST_CODE_FIELD)}`;
}

/** Which sign-in it is, and where that leads. */
const goesOn = ({ mfaToken, destination }: Begun): Html =>
  html`<input type="hidden" name="mfaToken" value="${mfaToken}" /> ${carriedOn(destination)}`;

const anotherKeyForm = (begun: Begun): Html => html`
  <p class="soft after">Does the app go on showing wrong codes? Take the key out of it again.</p>
  ${stepForm(PAGES.setUp, begun, { type: 'totp' }, 'Get another key')}
`;

const keyForm = ({ mfaToken, destination }: Begun, factorId: string): Html =>
  passkeyForm({
    ceremony: 'get',
    action: PAGES.secondFactor,
    options: '/v1/auth/mfa/options',
    body: { mfaToken, factorId },
    carried: carriedOn(destination),
    fields: { mfaToken, factorId },
    label: 'Use your passkey or security key',
  });

/** What it is called here is known once the options are there. */
const newKeyForm = ({ mfaToken, destination }: Begun): Html =>
  passkeyForm({
    ceremony: 'create',
    action: PAGES.secondFactor,
    options: '/v1/auth/mfa/enroll',
    body: { mfaToken, type: 'webauthn' },
    carried: html`${sentOnce()} ${carriedOn(destination)}`,
    fields: { mfaToken, factorId: '' },
    label: 'Set up a passkey or security key',
  });

function codeForm(begun: Begun, factorId: string, field: Html, label = 'Code'): Html {
  return html`<form method="post" action="${PAGES.secondFactor}">
    ${sentOnce()} ${goesOn(begun)}
    <input type="hidden" name="factorId" value="${factorId}" />
    <label>${label} ${field}</label>
    <button>Sign in</button>
  </form>`;
}

function stepForm(
  action: string,
  begun: Begun,
  fields: Record<string, string>,
  label: string,
  more?: Html,
): Html {
  const hidden = Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  );
  return html`<form method="post" action="${action}">
    ${goesOn(begun)} ${hidden} ${more}
    <button class="quiet">${label}</button>
  </form>`;
}

function skipForm(begun: Begun, until: string | undefined): Html | undefined {
  return until === undefined
    ? undefined
    : html`<p class="soft after">You may do this later, until ${until.slice(0, 10)}.</p>
        ${stepForm(PAGES.skip, begun, {}, 'Not now', sentOnce())}`;
}

export const CODE_FIELD = html`<input
  name="code"
  inputmode="numeric"
  autocomplete="one-time-code"
  required
  maxlength="16"
  autofocus
/>`;

const FIRST_CODE_FIELD = html`<input type="hidden" name="settingUp" value="totp" />${CODE_FIELD}`;

const phoneForm = (begun: Begun, phone = ''): Html =>
  stepForm(
    PAGES.setUp,
    begun,
    { type: 'sms' },
    'Get codes by text message',
    html`<label
      >Phone number
      <input
        name="phone"
        type="tel"
        autocomplete="tel"
        placeholder="+49 151 12345678"
        required
        maxlength="32"
        value="${phone}"
    /></label>`,
  );

const RECOVERY_FIELD = html`<input name="code" autocomplete="off" required maxlength="64" />`;

const ANY_FIELD = html`<input name="code" autocomplete="one-time-code" required maxlength="64" autofocus />`;

const fromTheBeginning = ({ destination }: Begun): Html =>
  html`<p class="soft after"><a href="${towards(PAGES.signIn, destination)}">Begin again</a></p>`;
