import type { UserPrincipal } from '../../access/principal';
import type { IdentityConflict } from '../../auth/linking/account-conflicts.service';
import { copyable } from '../../auth/pages/copyable';
import { CONSOLE_FORMS } from '../../auth/pages/forms/console-forms';
import { showFields } from '../../auth/pages/forms/field';
import { PROVIDERS } from '../../auth/pages/forms/providers';
import { SECTIONS } from '../../auth/pages/sections';
import { dnsRecordOf } from '../../domains/dns-record';
import { type Html, html } from '../../http/html';
import type { HtmlPage } from '../../http/html-page';
import type { ExpiryItem } from '../../expiries/expiries';
import { isComplete } from '../../sso-connections/completeness';
import { consoleFrame, endsInTwoSteps, instant, noticeOf, of, rowButton } from '../frame';
import { sentOnce } from '../../auth/pages/forms/sent-once';

const { path } = SECTIONS.connections;

/** A connection, as far as the page tells of it. */
interface Connection {
  readonly tested: boolean;
  /** What is known of the identity provider. */
  readonly saml?: object;
  readonly oidc?: object;
  readonly connection: {
    readonly id: string;
    readonly name: string;
    readonly type: 'saml' | 'oidc';
    readonly provider: string;
    readonly status: 'draft' | 'tested' | 'active' | 'disabled';
    readonly revision: number;
  };
}

interface Domain {
  readonly id: string;
  readonly domain: string;
  readonly token: string;
  readonly status: 'pending' | 'verified' | 'failing' | 'lost';
  readonly lastCheckedAt: Date | null;
  readonly graceUntil: Date | null;
}

export interface ConnectionsView {
  readonly connections: readonly Connection[];
  readonly domains: readonly Domain[];
  /** Who has a member's address and has not proved to be them. */
  readonly conflicts: readonly IdentityConflict[];
  /** What runs out, or does not work. */
  readonly urgent: readonly ExpiryItem[];
  readonly done: string | undefined;
}

/** The way from nothing to single sign-on: domain, connection, test, activation. */
export function connectionsPage(caller: UserPrincipal, view: ConnectionsView): HtmlPage {
  const { connections, domains, conflicts, urgent, done } = view;
  const mayChange = caller.permissions.has('sso:write');
  return consoleFrame(caller, {
    section: SECTIONS.connections,
    notice: noticeOf(DONE, done),
    // A test sign-in leads to the identity provider.
    formsLeadElsewhere: true,
    body: html`
      ${
        urgent.length === 0
          ? undefined
          : html`<ul class="rows">
              ${urgent.map(urgentRow)}
            </ul>`
      }
      ${
        conflicts.length === 0
          ? undefined
          : html`<h2>Account conflicts</h2>
              <ul class="rows">
                ${conflicts.map((conflict) => conflictRow(conflict, mayChange))}
              </ul>`
      }
      <h2>Domains</h2>
      <p class="soft">People whose address is in a verified domain sign in through your identity provider.</p>
      <ul class="rows">
        ${domains.map((domain) => domainRow(domain, mayChange))}
      </ul>
      ${mayChange ? newDomainForm() : undefined}
      <h2>Connections</h2>
      ${
        connections.length === 0
          ? html`<p>None yet. Create one, set it up at your identity provider, test it, then activate it.</p>`
          : undefined
      }
      <ul class="rows">
        ${connections.map((connection) => connectionRow(connection, mayChange))}
      </ul>
      ${mayChange ? newConnectionForm() : undefined}
      <p class="soft after">
        Once single sign-on works, enforce it in
        <a href="${SECTIONS.settings.path}">${SECTIONS.settings.label}</a>.
      </p>
    `,
  });
}

const urgentRow = ({ subject, severity, message, action }: ExpiryItem): Html => html`
  <li>
    <strong>${whereOf(subject)}</strong>
    <span class="chip ${severity === 'notice' ? 'low' : 'high'}">${severity}</span>
    <div>${message}</div>
    <div class="soft">${action}</div>
  </li>
`;

/** What it is about, and where that is looked after. */
const whereOf = ({ type, id, name, connectionId }: ExpiryItem['subject']): Html => {
  const connection = type === 'sso_connection' ? id : connectionId;
  if (connection) return html`<a href="${path}/connections/${connection}">${name}</a>`;
  const isOfDirectory = type === 'scim_token' || type === 'scim_client';
  return isOfDirectory ? html`<a href="${SECTIONS.directory.path}">${name}</a>` : html`${name}`;
};

function conflictRow(conflict: IdentityConflict, mayChange: boolean): Html {
  const { id, email, displayName, connectionName, subject, memberEmail, attempts, lastSeenAt } = conflict;
  return html`<li>
    <strong>${displayName ?? email}</strong> <span class="soft">${email}</span>
    <div class="soft">
      At ${connectionName} as <code>${subject}</code>; came ${attempts === 1 ? 'once' : `${attempts} times`},
      last ${instant(lastSeenAt)}. Has the address of the member ${memberEmail}.
    </div>
    ${
      mayChange
        ? html`<form method="post" action="${path}/conflicts/${id}">
            <button class="quiet" name="action" value="link">
              One person: let them in as ${memberEmail}
            </button>
            <button class="quiet" name="action" value="dismiss" ${of('Somebody else', `than ${memberEmail}`)}>
              Somebody else
            </button>
          </form>`
        : undefined
    }
  </li>`;
}

function connectionRow(listed: Connection, mayChange: boolean): Html {
  const { tested, connection } = listed;
  const { id, name, type, provider, status, revision } = connection;
  const next = status === 'active' ? undefined : nextStep(listed);
  const here = `${path}/connections/${id}`;
  return html`<li>
    <strong>${mayChange ? html`<a href="${here}">${name}</a>` : name}</strong>
    <span class="chip">${status}</span>
    <div class="soft">
      ${type.toUpperCase()} ·
      ${Object.hasOwn(PROVIDERS, provider) ? PROVIDERS[provider as keyof typeof PROVIDERS] : provider} ·
      revision ${revision}, ${tested ? 'tested' : 'not tested yet'}
    </div>
    ${next && html`<div>${next}</div>`}
    ${
      mayChange
        ? html`<div class="actions">
              <form action="${here}"><button class="quiet" ${of('Set up', name)}>Set up</button></form>
              ${isComplete(listed) ? testForm(here, name) : undefined}
              ${status === 'active' || !tested ? undefined : rowButton(`${here}/activate`, 'Activate', name)}
            </div>
            ${status === 'active' ? endsInTwoSteps({ action: `${here}/disable`, does: 'Disable', what: name, follows: DISABLING }) : undefined}
            <details>
              <summary ${of('Let your IT contact set it up, or delete it:', name)}>
                Let your IT contact set it up, or delete it
              </summary>
              <form method="post" action="${here}/links">
                ${sentOnce()} ${showFields(CONSOLE_FORMS.contact.fields, { apart: id })}
                <button class="quiet" ${of('Send the link for', name)}>Send</button>
              </form>
              <form method="post" action="${here}/delete">
                ${sentOnce()}
                <p class="soft">Who signed in by it has to come in by another way.</p>
                <button class="quiet danger">Delete ${name}</button>
              </form>
            </details>`
        : undefined
    }
  </li>`;
}

/** What is to be done before people sign in by it. */
function nextStep(listed: Connection): string {
  if (!isComplete(listed)) return 'Not in use. Next: set it up.';
  return `Not in use. Next: ${listed.tested ? 'activate it.' : 'pass a test sign-in, then activate it.'}`;
}

const testForm = (here: string, name: string): Html => html`
  <form method="post" action="${here}/test" target="_blank">
    <button class="quiet" ${of('Test sign-in', `of ${name}`)}>Test sign-in</button>
  </form>
`;

const DISABLING = 'Nobody signs in by it until it is active again, and whoever did is signed out.';

const newConnectionForm = (): Html => html`
  <form method="post" action="${path}/connections">
    ${sentOnce()} ${showFields(CONSOLE_FORMS.connection.fields)}
    <button>Create connection</button>
  </form>
`;

function domainRow(
  { id, domain, token, status, lastCheckedAt, graceUntil }: Domain,
  mayChange: boolean,
): Html {
  const record = dnsRecordOf(domain, token);
  const here = `${path}/domains/${id}`;
  return html`<li>
    <strong>${domain}</strong> <span class="chip">${status}</span>
    <div class="soft">
      ${lastCheckedAt ? `checked ${instant(lastCheckedAt)}` : 'not checked yet'}${graceUntil && status === 'failing' ? `; it counts until ${instant(graceUntil)}` : ''}
    </div>
    ${
      status === 'verified'
        ? undefined
        : html`<dl>
            <dt>TXT record</dt>
            <dd>${copyable(`the TXT record of ${domain}`, record.name)}</dd>
            <dt>Value</dt>
            <dd>${copyable(`the value for ${domain}`, record.value)}</dd>
          </dl>`
    }
    ${
      mayChange
        ? html`${status === 'verified' ? undefined : rowButton(`${here}/verify`, 'Check now', `for ${domain}`)}
          ${endsInTwoSteps({ action: `${here}/delete`, does: 'Remove', what: domain, follows: GIVING_UP })}`
        : undefined
    }
  </li>`;
}

const GIVING_UP =
  'People with its addresses are no longer sent to your identity provider. To have it back, prove it anew.';

const newDomainForm = (): Html => html`
  <form method="post" action="${path}/domains" class="inline">
    ${sentOnce()} ${showFields(CONSOLE_FORMS.domain.fields)}
    <button class="quiet">Add</button>
  </form>
`;

const DONE: Readonly<Record<string, string>> = {
  made: 'Created. Set it up next: the page names what your identity provider wants to know.',
  mailed: 'The link is on its way.',
  activated: 'Active. People of your domains are sent there from the next sign-in on.',
  disabled: 'Disabled. The sessions it opened have ended.',
  deleted: 'Deleted.',
  added: 'Added. Publish its TXT record, then check it.',
  verified: 'Verified: the domain is yours.',
  removed: 'Removed.',
  link: 'They are one person: the next sign-in succeeds.',
  dismiss: 'They are not who they seemed to be.',
};
