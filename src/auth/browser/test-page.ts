import { html, type Html } from '../../http/html';
import type { HtmlPage } from '../../http/html-page';
import type { AttemptReport, ExplainedCheck } from '../../sso-connections/attempts/attempt-report';
import type { Owner } from '../../sso-connections/diagnosis/diagnosis';

const OWNERS: Record<Owner, string> = {
  idp_admin: 'the administrator of the identity provider',
  workspace_admin: 'an admin of this workspace',
  operator: 'whoever runs this service',
};

/** What a test sign-in found out, for whoever set the connection up: verdict, checks, what was sent, what would be. */
export function testPage(report: AttemptReport, connection: { name: string }, status = 200): HtmlPage {
  const title = attemptTitle(report);
  return {
    status,
    title,
    body: html`<main class="wide">
      <span class="brand">Gatehouse · ${connection.name}, revision ${report.revision}</span>
      <h1>${title}</h1>
      ${attemptDetails(report)}
      <p class="soft after">
        Nobody was signed in by this test, and nothing was changed. You can close this page.
      </p>
    </main>`,
  };
}

const TITLES = {
  test: { passed: 'The test passed', failed: 'The test failed', started: 'The test is not finished' },
  production: { passed: 'Somebody signed in', failed: 'A sign-in was refused', started: 'A sign-in began' },
};

export const attemptTitle = ({ kind, status }: AttemptReport): string => TITLES[kind][status];

/** What was found out on the way of a sign-in, test or real. */
export const attemptDetails = (report: AttemptReport): Html =>
  html`${report.status === 'passed' ? outcome(report) : verdict(report)} ${checks(report.checks)}
  ${attributes(report)} ${statement(report)}`;

function outcome({ kind, email, subject, memberId, role, roleReason }: AttemptReport): Html {
  return html`<p role="status">This person ${kind === 'test' ? 'would be' : 'was'} signed in:</p>
    <dl>
      <dt>Email</dt>
      <dd>${email ?? 'none'}</dd>
      <dt>Name there</dt>
      <dd><code>${subject ?? ''}</code></dd>
      <dt>Here</dt>
      <dd>${memberId === null ? 'would become a new member' : 'is a member already'}</dd>
      <dt>Role</dt>
      <dd>${role ?? ''}<br /><span class="soft">${roleReason ?? ''}</span></dd>
    </dl>`;
}

function verdict({ verdict: found }: AttemptReport): Html {
  if (!found) return html`<p role="alert">It has not been finished.</p>`;
  return html`<p role="alert"><strong>${found.title}.</strong> ${found.explanation}</p>
    <dl>
      <dt>Reason</dt>
      <dd><code>${found.code}</code></dd>
      <dt>Put right by</dt>
      <dd>${OWNERS[found.owner]}</dd>
      <dt>What to do</dt>
      <dd>${found.hint}</dd>
      ${
        found.where === null
          ? undefined
          : html`<dt>Where</dt>
              <dd>${found.where}</dd>`
      }
    </dl>`;
}

function checks(all: readonly ExplainedCheck[]): Html | undefined {
  if (all.length === 0) return undefined;
  return html`<h2>Checks</h2>
    ${all.map(
      (check) =>
        html`<details ${check.ok ? undefined : html`open`}>
          <summary>${check.ok ? '✓' : '✗'} ${check.title}</summary>
          <dl>
            <dt>Received</dt>
            <dd><code>${check.received ?? 'nothing'}</code></dd>
            <dt>Expected</dt>
            <dd><code>${check.expected}</code></dd>
            ${
              check.owner === null
                ? undefined
                : html`<dt>Put right by</dt>
                    <dd>${OWNERS[check.owner]}</dd>
                    <dt>What to do</dt>
                    <dd>${check.hint ?? ''}</dd>`
            }
            ${
              check.where === null
                ? undefined
                : html`<dt>Where</dt>
                    <dd>${check.where}</dd>`
            }
          </dl>
        </details>`,
    )}`;
}

function attributes({ attributes: all }: AttemptReport): Html | undefined {
  if (all.length === 0) return undefined;
  return html`<h2>What was sent about the person</h2>
    <dl>
      ${all.map(
        ({ name, values, mappedTo }) =>
          html`<dt>${name}</dt>
            <dd>
              ${values.join(', ')}
              ${mappedTo.length === 0 ? undefined : html`<br /><span class="soft">mapped to ${mappedTo.join(', ')}</span>`}
            </dd>`,
      )}
    </dl>`;
}

function statement({ statement: said }: AttemptReport): Html | undefined {
  if (!said) return undefined;
  return html`<details>
    <summary>The statement as it was read</summary>
    <pre tabindex="0">${JSON.stringify(said, null, 2)}</pre>
  </details>`;
}
