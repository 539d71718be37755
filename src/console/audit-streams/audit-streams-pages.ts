import type { UserPrincipal } from '../../access/principal';
import { shownUrl } from '../../audit-streams/receiver';
import { CONSOLE_FORMS } from '../../auth/pages/forms/console-forms';
import { type Field, showFields } from '../../auth/pages/forms/field';
import { sentOnce } from '../../auth/pages/forms/sent-once';
import { alarm } from '../../auth/pages/pages';
import { SECTIONS } from '../../auth/pages/sections';
import { type Html, html } from '../../http/html';
import type { HtmlPage } from '../../http/html-page';
import { consoleFrame, endsInTwoSteps, instant, noticeOf, of, rowButton, shownOnce } from '../frame';

const { path } = SECTIONS.auditStreams;

/** A receiver, as far as the page tells of it. */
interface Stream {
  readonly id: string;
  readonly name: string;
  readonly type: 'webhook' | 'syslog';
  readonly format: string;
  readonly url: string | null;
  readonly host: string | null;
  readonly port: number | null;
  readonly plaintext: boolean;
  readonly filterTypes: readonly string[];
  readonly filterRisks: readonly string[];
  readonly status: 'active' | 'paused';
  readonly pausedBecause: 'admin' | 'refused' | 'unreachable' | null;
  readonly sendingSeal: string | null;
  readonly delivered: string;
  readonly lastDeliveredAt: Date | null;
  readonly failures: number;
  readonly failingSince: Date | null;
  readonly lastError: string | null;
  readonly lastErrorAt: Date | null;
  readonly previousSecretUntil: Date | null;
}

interface Backlog {
  readonly entries: number;
  readonly since: Date | null;
}

export interface AuditStreamsView {
  readonly streams: readonly { readonly stream: Stream; readonly backlog: Backlog }[];
  readonly done?: string | undefined;
  /** The signing secret that was made just now; null: what was made signs nothing. */
  readonly made?: string | null;
  /** Which stream was tested, and what the receiver or the network said against it. */
  readonly tested?: { readonly id: string; readonly error: string | undefined };
}

/** Where the log is sent, and how far each receiver is. */
export function auditStreamsPage(caller: UserPrincipal, view: AuditStreamsView): HtmlPage {
  const { streams, done, made, tested } = view;
  const mayChange = caller.permissions.has('workspace:write');
  return consoleFrame(caller, {
    section: SECTIONS.auditStreams,
    notice: noticeOf(DONE, done),
    body: html`
      ${made ? shownOnce('This is what its messages are signed with.', 'the signing secret', made) : undefined}
      ${tested && outcomeOf(tested, streams.find(({ stream }) => stream.id === tested.id)!.stream)}
      ${
        streams.length === 0
          ? html`<p>
              The log is sent nowhere. A webhook or a syslog server of yours can have every entry within
              seconds, in order, and each at least once.
            </p>`
          : undefined
      }
      <ul class="rows">
        ${streams.map(({ stream, backlog }) => streamRow(stream, backlog, mayChange))}
      </ul>
      ${mayChange ? newStreamForms() : undefined}
      <p class="soft after">
        A receiver checks that a message is from here as Standard Webhooks has it: the header
        <code>webhook-signature</code> is <code>v1,</code> and the Base64 of the HMAC-SHA-256 over
        <code>webhook-id</code>, <code>webhook-timestamp</code> and the body, joined by dots, under the Base64
        part of the signing secret.
      </p>
    `,
  });
}

const outcomeOf = ({ error }: { readonly error: string | undefined }, { name }: Stream): Html =>
  error === undefined
    ? html`<p class="notice" role="status">${name} has taken an event that says it is a test.</p>`
    : alarm(`${name} has not taken the test: ${error}`)!;

function streamRow(stream: Stream, backlog: Backlog, mayChange: boolean): Html {
  const { name, status, failures } = stream;
  const isFailing = status === 'active' && failures > 0;
  return html`<li>
    <strong>${name}</strong>
    <span class="chip ${isFailing || status === 'paused' ? 'high' : ''}"
      >${isFailing ? 'failing' : status}</span
    >
    <div class="soft">${receiverOf(stream)}</div>
    <div class="soft">${progressOf(stream, backlog)}</div>
    ${troubleOf(stream)} ${mayChange ? deeds(stream, backlog, isFailing) : undefined}
  </li>`;
}

function receiverOf(stream: Stream): string {
  const { type, format, url, host, port, plaintext, filterRisks, filterTypes, previousSecretUntil } = stream;
  const where = type === 'webhook' ? `webhook ${shownUrl(url!)}` : `syslog ${host}:${port}`;
  return [
    where,
    ...(plaintext ? ['without TLS'] : []),
    format,
    filterRisks.length > 0 ? `${filterRisks.join(', ')} risk only` : 'every risk',
    filterTypes.length > 0 ? `${filterTypes.join(', ')} only` : 'every type',
    ...(previousSecretUntil && previousSecretUntil > new Date()
      ? [`signed with the old secret too until ${instant(previousSecretUntil)}`]
      : []),
  ].join(' · ');
}

function progressOf({ delivered, lastDeliveredAt }: Stream, { entries, since }: Backlog): string {
  const taken = lastDeliveredAt
    ? `${events(Number(delivered))} delivered, last ${instant(lastDeliveredAt)}`
    : 'nothing delivered yet';
  return entries > 0 && since
    ? `${taken} · ${events(entries)} wait, the oldest since ${instant(since)}`
    : `${taken} · nothing waits`;
}

const events = (count: number): string => `${count} ${count === 1 ? 'event' : 'events'}`;

/** What is wrong, and what to do about it. */
function troubleOf(stream: Stream): Html | undefined {
  const { status, pausedBecause, failures, failingSince, lastError, lastErrorAt } = stream;
  const said = lastError && lastErrorAt ? `${instant(lastErrorAt)}: ${lastError}` : '';
  if (status === 'paused' && pausedBecause === 'admin') {
    return html`<div class="soft">Nothing is sent until it is resumed, and nothing is lost.</div>`;
  }
  if (status === 'paused') {
    return html`<div class="alarm">
        ${pausedBecause === 'refused' ? 'Paused, because it refused what was sent.' : 'Paused, because it did not answer.'}
        ${said}
      </div>
      <div class="soft">Nothing is lost. Mend the receiver, test it, then resume.</div>`;
  }
  if (failures === 0 || !failingSince) return undefined;
  return html`<div class="alarm">${said}</div>
    <div class="soft">
      ${failures === 1 ? 'One attempt has failed' : `${failures} attempts in a row have failed`} since
      ${instant(failingSince)}. It is tried again by itself; once the receiver is mended you need not wait.
    </div>`;
}

function deeds(stream: Stream, { entries }: Backlog, isFailing: boolean): Html {
  const { id, name, type, status, sendingSeal } = stream;
  const here = `${path}/${id}`;
  const isPaused = status === 'paused';
  return html`<div class="actions">
      ${rowButton(`${here}/test`, 'Send a test', `to ${name}`)}
      ${isPaused || isFailing ? rowButton(`${here}/resume`, isPaused ? 'Resume' : 'Try again now', name) : undefined}
      ${isPaused ? undefined : rowButton(`${here}/pause`, 'Pause', name)}
    </div>
    ${
      sendingSeal !== null && (isPaused || isFailing)
        ? endsInTwoSteps({
            action: `${here}/resume`,
            fields: { skip: 'on' },
            ...{ does: 'Leave out', what: `what ${name} does not take` },
            follows: 'It never gets that message, which is on record; the stream goes on with the next one.',
          })
        : undefined
    }
    ${type === 'webhook' ? rotation(here, stream) : undefined}
    ${endsInTwoSteps({
      action: `${here}/delete`,
      ...{ does: 'Delete', what: name },
      follows: `It gets nothing more${entries > 0 ? `, not even the ${events(entries)} that wait` : ''}. The log itself stays whole.`,
    })}`;
}

const rotation = (here: string, { id, name }: Stream): Html => html`
  <details>
    <summary ${of('New signing secret', `of ${name}`)}>New signing secret</summary>
    <form method="post" action="${here}/rotate">
      ${sentOnce()}
      ${showFields(CONSOLE_FORMS.streamRotation.fields, { values: { overlap: '86400' }, apart: id })}
      <button class="quiet">Create secret</button>
    </form>
  </details>
`;

const newStreamForms = (): Html => html`
  <h2>Send it to a webhook</h2>
  ${newStreamForm('webhooks', CONSOLE_FORMS.webhookStream.fields)}
  <details>
    <summary>Or to a syslog server</summary>
    ${newStreamForm('syslog', CONSOLE_FORMS.syslogStream.fields)}
  </details>
`;

/** What most leave as it is. */
const SELDOM = [
  'name',
  'authorization',
  'encoding',
  'risks',
  'types',
  'plaintext',
  'ca',
  'clientCertificate',
  'clientKey',
];

function newStreamForm(to: string, fields: readonly Field[]): Html {
  const isSeldom = ({ name }: Field) => SELDOM.includes(name);
  return html`<form method="post" action="${path}/${to}">
    ${sentOnce()}
    ${showFields(
      fields.filter((field) => !isSeldom(field)),
      { apart: to },
    )}
    <details>
      <summary>
        ${to === 'webhooks' ? 'Name, credentials, only some events' : 'Name, certificates, only some events'}
      </summary>
      ${showFields(fields.filter(isSeldom), { apart: to })}
    </details>
    <button ${of('Create stream', to === 'webhooks' ? 'to a webhook' : 'to syslog')}>Create stream</button>
  </form>`;
}

const DONE: Readonly<Record<string, string>> = {
  made: 'Created. Send a test to see whether it arrives.',
  paused: 'Paused. Nothing is sent, and nothing is lost.',
  resumed: 'It goes on where it stopped.',
  skipped: 'It goes on after what was not taken.',
  deleted: 'Deleted. Nothing is sent there any more.',
};
