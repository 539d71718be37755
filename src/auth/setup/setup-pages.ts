import { html, type Html } from '../../http/html';
import type { HtmlPage } from '../../http/html-page';
import type { AttemptReport } from '../../sso-connections/attempts/attempt-report';
import type { SetupView } from '../../sso-connections/setup-links/setup-view.service';
import { testPage } from '../browser/test-page';
import { copyable, copyableText } from '../pages/copyable';
import { sentOnce } from '../pages/forms/sent-once';
import { alarm } from '../pages/pages';
import { setupProgress, stepHeading } from './setup-progress';
import { oidcForm } from './oidc-form';
import { type RefusedSetup, samlForms, type SetupForms } from './setup-forms';

export const SETUP_PAGE = '/setup';

export const TAKEN_OVER = 'Taken over. Have a look at what we read, then test it.';

type KnownCertificate = NonNullable<SetupView['connection']['saml']>['certificates'][number];

/** What came of the form before. */
export interface SetupNotice {
  readonly ok: boolean;
  readonly text: string;
  readonly refused?: RefusedSetup;
  readonly status?: number;
}

/** Where a set-up leads: its forms, its test, and the sign-ins it lists. */
export interface SetupPlaces extends SetupForms {
  readonly test: string;
  readonly attempts: string;
  /** Whether the last step, to activate it, is on the page too. */
  readonly activates: boolean;
}

/** The whole of it on one page: what to enter there, what to tell us, the test, and where things stand. */
export function setupPage(
  view: SetupView & { readonly expiresAt: Date },
  formToken: string,
  notice?: SetupNotice,
): HtmlPage {
  const { connection, expiresAt } = view;
  const places = {
    action: () => SETUP_PAGE,
    hidden: html`<input type="hidden" name="formToken" value="${formToken}" />`,
    once: sentOnce(),
    refused: notice?.refused,
    test: `${SETUP_PAGE}/test`,
    attempts: `${SETUP_PAGE}/attempts`,
    activates: false,
  };
  return {
    status: notice?.status ?? 200,
    title: `Set up ${connection.name}`,
    // The test leads on to the identity provider.
    formsLeadElsewhere: true,
    copies: true,
    body: html`<main class="wide">
      <span class="brand">Gatehouse · single sign-on</span>
      <h1>Set up ${connection.name}</h1>
      <p class="soft">
        Three steps, in any order and as often as you like. This page is yours until ${moment(expiresAt)}.
      </p>
      ${noticeOf(notice)} ${setupSteps(view, places)}
    </main>`,
  };
}

/** Where a connection stands, and the first three steps of its set-up. */
export function setupSteps({ connection, values, attempts }: SetupView, places: SetupPlaces): Html {
  return html`${setupProgress({ connection, attempts }, places.activates)} ${setupState(connection)}
  ${setupValues(values)} ${stepHeading('tell')} ${known(connection)}
  ${(connection.type === 'saml' ? samlForms : oidcForm)(places, connection)} ${stepHeading('test')}
  ${connection.complete ? testForm(places) : html`<p class="soft">Once step 2 is done.</p>`}
  ${attemptList(attempts, places.attempts)}`;
}

const setupValues = (values: SetupView['values']): Html =>
  html`${stepHeading('enter')}
    <dl>
      ${values.map(
        (value) =>
          html`<dt>${value.name}</dt>
            <dd>
              ${shown(value)}
              ${value.where === undefined ? undefined : html`<div class="soft">${value.where}</div>`}
            </dd>`,
      )}
    </dl>`;

function shown({ name, value, shape }: SetupView['values'][number]): Html {
  if (shape === 'words') return html`<code>${value}</code>`;
  if (shape === undefined) return copyable(name, value);
  return html`<details>
    <summary>Show it</summary>
    ${copyableText(name, value)}
  </details>`;
}

const testForm = ({ test, hidden }: SetupPlaces): Html =>
  html`<p>
      Sign in as yourself. Nobody is let in by a test, and nothing changes; you see every check that was made.
      It opens in a new tab: come back here and reload to see it listed.
    </p>
    <form method="post" action="${test}" target="_blank">
      ${hidden}
      <button>Start a test sign-in</button>
    </form>`;

/** A test with all its checks, and the way back. */
export function setupAttemptPage(report: AttemptReport, name: string): HtmlPage {
  const { body, ...page } = testPage(report, { name });
  return {
    ...page,
    body: html`<div>
      ${body}
      <p class="after"><a href="${SETUP_PAGE}">Back to the set-up</a></p>
    </div>`,
  };
}

/** The same for whatever the link was: unknown, expired, revoked, or of somebody who is gone. */
export const noSetupPage: HtmlPage = {
  status: 404,
  title: 'This link does not work',
  body: html`<main>
    <span class="brand">Gatehouse · single sign-on</span>
    <h1>This link does not work</h1>
    <p role="alert">It is wrong, its time is over, or it was taken back.</p>
    <p class="soft">If it was sent to you, open it again from the message, or ask for a new one.</p>
  </main>`,
};

/** What went wrong, where there is no form to show it beside. */
export function setupRefusalPage(status: number, detail: string): HtmlPage {
  return {
    status,
    title: 'That did not work',
    body: html`<main>
      <span class="brand">Gatehouse · single sign-on</span>
      <h1>That did not work</h1>
      <p role="alert">${detail}</p>
      <p><a href="${SETUP_PAGE}">Back to the set-up</a></p>
    </main>`,
  };
}

function noticeOf(notice: SetupNotice | undefined): Html | undefined {
  if (!notice) return undefined;
  return notice.ok ? html`<p role="status"><strong>${notice.text}</strong></p>` : alarm(notice.text);
}

function setupState({ status, tested, revision }: SetupView['connection']): Html {
  const tests = tested
    ? 'A test of these very settings has passed.'
    : 'These very settings have not passed a test yet.';
  return html`<dl>
    <dt>Where it stands</dt>
    <dd>${STATES[status]}</dd>
    <dt>Settings</dt>
    <dd>version ${revision}<br /><span class="soft">${tests}</span></dd>
  </dl>`;
}

const STATES: Record<SetupView['connection']['status'], string> = {
  draft: 'In preparation: nobody signs in by it yet.',
  tested: 'Ready: an admin of the workspace can turn it on.',
  active: 'In use: people sign in by it. What you change here counts at once.',
  disabled: 'Turned off: nobody signs in by it.',
};

/** What is in force, as it was read. */
function known({ complete, saml, oidc, warnings }: SetupView['connection']): Html {
  if (!complete) return html`<p class="soft">We know nothing of it yet.</p>`;
  return html`<p class="soft">This is what we know so far:</p>
    <dl>
      ${saml && field('Entity ID (issuer)', saml.entityId)}
      ${saml && field('Single sign-on URL', saml.ssoUrl)}
      ${saml?.metadataUrl ? field('Metadata URL', saml.metadataUrl) : undefined}
      ${(saml?.certificates ?? []).map((certificate) => certificateField('Certificate', certificate))}
      ${(saml?.metadataCertificates ?? []).map((certificate) =>
        certificateField('Metadata must be signed by', certificate),
      )}
      ${oidc && field('Issuer', oidc.issuer)} ${oidc && field('Client ID', oidc.clientId)}
      ${oidc && field('Sign-in endpoint', oidc.authorizationEndpoint)}
    </dl>
    ${warnings.map(({ detail }) => html`<p class="alarm">${detail}</p>`)}`;
}

const certificateField = (
  name: string,
  { subject, notBefore, notAfter, sha256Fingerprint }: KnownCertificate,
): Html =>
  html`<dt>${name}</dt>
    <dd>
      ${subject}<br /><span class="soft"
        >${day(notBefore)} to ${day(notAfter)} · SHA-256 ${sha256Fingerprint.slice(0, 23)}…</span
      >
    </dd>`;

const field = (name: string, value: string): Html =>
  html`<dt>${name}</dt>
    <dd><code>${value}</code></dd>`;

function attemptList(attempts: SetupView['attempts'], path: string): Html | undefined {
  if (attempts.length === 0) return undefined;
  return html`<dl>
    ${attempts.map(
      ({ id, kind, email, status, code, startedAt }) =>
        html`<dt>${moment(startedAt)}</dt>
          <dd>
            <a href="${path}/${id}">${OUTCOMES[kind][status]}</a>
            ${code === null ? undefined : html`<code>${code}</code>`}
            ${email === null ? undefined : html`<span class="soft">${email}</span>`}
          </dd>`,
    )}
  </dl>`;
}

const UNFINISHED = { started: 'Not finished yet', expired: 'Not finished' };
const OUTCOMES = {
  test: { ...UNFINISHED, passed: 'Passed', failed: 'Failed' },
  production: { ...UNFINISHED, passed: 'Signed in', failed: 'Refused' },
};

const day = (date: Date): string =>
  new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' }).format(date);

function moment(date: Date): string {
  const style = { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' } as const;
  return `${new Intl.DateTimeFormat('en-GB', style).format(date)} UTC`;
}
