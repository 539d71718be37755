import type { UserPrincipal } from '../../access/principal';
import { attemptDetails, attemptTitle } from '../../auth/browser/test-page';
import { sentOnce } from '../../auth/pages/forms/sent-once';
import { SECTIONS } from '../../auth/pages/sections';
import { stepHeading } from '../../auth/setup/setup-progress';
import { setupSteps } from '../../auth/setup/setup-pages';
import { type Html, html } from '../../http/html';
import type { HtmlPage } from '../../http/html-page';
import type { AttemptReport } from '../../sso-connections/attempts/attempt-report';
import type { SetupView } from '../../sso-connections/setup-links/setup-view.service';
import { consoleFrame, rowButton } from '../frame';
import { connectionTerms } from './connection-attributes';
import { keysOfOurs } from './connection-keys';
import { providerReading } from './provider-reading';
import { messageTerms, naming, oidcSignInTerms, signInTerms } from './connection-terms';

const { path } = SECTIONS.connections;
export const pageOf = (id: string): string => `${path}/connections/${id}`;

/** One connection: how to set it up, as its IT contact would see it, and the latest sign-ins through it. */
export function connectionPage(caller: UserPrincipal, view: SetupView, notice?: string): HtmlPage {
  const { id, name } = view.connection;
  const here = pageOf(id);
  return consoleFrame(caller, {
    section: SECTIONS.connections,
    notice,
    // The test leads on to the identity provider.
    formsLeadElsewhere: true,
    body: html`
      <h2>${name}</h2>
      ${naming(here, view.connection)}
      ${setupSteps(view, {
        action: (form) => `${here}/set-up/${form}`,
        test: `${here}/test`,
        attempts: `${here}/attempts`,
        activates: true,
        once: sentOnce(),
      })}
      ${activation(here, view.connection)} ${providerReading(here, view.connection)}
      ${signInTerms(here, view.connection)} ${oidcSignInTerms(here, view.connection)}
      ${messageTerms(here, view.connection)} ${connectionTerms(here, view)}
      ${keysOfOurs(here, view.connection)}
      <p class="soft after">
        <a href="${here}/revisions">Its revisions</a> · <a href="${path}">All connections</a>
      </p>
    `,
  });
}

/** The last step, which is not for an IT contact. */
function activation(here: string, { status, tested, name }: SetupView['connection']): Html | undefined {
  return html`${stepHeading('activate')}
  ${
    status === 'active'
      ? html`<p class="soft">It is active: people of your domains are sent there.</p>`
      : tested
        ? html`<p class="soft">People of your domains are sent there from the next sign-in on.</p>
            ${rowButton(`${here}/activate`, 'Activate', name)}`
        : html`<p class="soft">Once these very settings have passed a test.</p>`
  }`;
}

/** A sign-in through it with all that was found out: for whoever is asked why somebody could not get in. */
export function attemptPage(
  caller: UserPrincipal,
  id: string,
  { report, name }: { report: AttemptReport; name: string },
): HtmlPage {
  return consoleFrame(caller, {
    section: SECTIONS.connections,
    body: html`
      <h2>${attemptTitle(report)}</h2>
      <p class="soft">${name}, revision ${report.revision}</p>
      ${attemptDetails(report)}
      <p class="soft after"><a href="${pageOf(id)}">Back to ${name}</a></p>
    `,
  });
}
