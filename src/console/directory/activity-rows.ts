import { SECTIONS } from '../../auth/pages/sections';
import { type Html, html } from '../../http/html';
import type { Activity } from '../../scim/activity/activity';
import { instant, of } from '../frame';
import { sideBySide } from '../side-by-side';

export const ACTIVITY_PATH = `${SECTIONS.directory.path}/activity`;

/** Requests of directories, each in words; what was asked and what changed is folded below it. */
export const activityRows = (activity: readonly Activity[]): Html =>
  html`<ul class="rows">
    ${activity.map((one, at) => activityRow(one, at + 1))}
  </ul>`;

/** How people call what became of a request, and how much it is of their concern. */
const OUTCOME_CHIPS: Readonly<Partial<Record<Activity['outcome'], 'high' | 'medium'>>> = {
  failed: 'high',
  refused: 'high',
  held: 'medium',
};

function activityRow(activity: Activity, place: number): Html {
  const { at, summary, outcome, status, detail, method, path, durationMs } = activity;
  const chip = OUTCOME_CHIPS[outcome];
  return html`<li>
    <strong>${summary}</strong> ${chip && html`<span class="chip ${chip}">${outcome}</span>`}
    <div class="soft">
      ${instant(at)} · <code>${method} ${path}</code> · ${chip ? '' : `${outcome} · `}${status} ·
      ${durationMs} ms
    </div>
    ${detail && !summary.includes(detail) ? html`<div class="${chip === 'high' ? 'alarm' : 'soft'}">${detail}</div>` : undefined}
    <details>
      <summary ${of('Details', `of ${place}: ${method} ${path}`)}>Details</summary>
      ${detailsOf(activity)}
    </details>
  </li>`;
}

function detailsOf(activity: Activity): Html {
  const { directoryId, directoryName, operations, changes } = activity;
  const told: readonly (readonly [string, string | null])[] = [
    ['Query', activity.query],
    ['Kind of refusal', activity.scimType],
    ['Connector', activity.connector],
    ['From', activity.ip],
    ['Program', activity.userAgent],
    ['Request', activity.requestId],
  ];
  return html`<dl>
      <dt>Credential</dt>
      <dd>
        ${
          directoryId === null
            ? '–'
            : html`<a href="${ACTIVITY_PATH}?token=${directoryId}">${directoryName ?? directoryId}</a>`
        }
      </dd>
      ${told.map(([what, value]) =>
        value === null
          ? html``
          : html`<dt>${what}</dt>
              <dd>${value}</dd>`,
      )}
    </dl>
    ${changes.map(changePart)} ${operations.length === 0 ? undefined : askedPart(operations)}`;
}

/** One user or group: what is different, and who came and went. */
function changePart({ resource, name, attributes, membersAdded, membersRemoved, deleted }: Change): Html {
  const kind = resource.type === 'User' ? 'member' : 'group';
  const moves = [
    ...(membersAdded ? [`${membersAdded.count} came in`] : []),
    ...(membersRemoved ? [`${membersRemoved.count} went out`] : []),
    ...(deleted ? ['deleted'] : []),
  ];
  const differs = Object.entries(
    (attributes ?? {}) as Record<string, Partial<Record<'before' | 'after', unknown>>>,
  );
  const place = `${ACTIVITY_PATH}?${kind}=${resource.id}`;
  const link = html`<a href="${place}">${resource.type} ${name ?? resource.id}</a>`;
  return html`<p>${link}${moves.length === 0 ? '' : `: ${moves.join(', ')}`}</p>
    ${
      differs.length === 0
        ? undefined
        : sideBySide(
            differs.map(([field, change]) => ({ field, before: change.before, after: change.after })),
          )
    }`;
}

type Change = Activity['changes'][number];

const askedPart = (operations: Activity['operations']): Html => html`
  <p>Asked for</p>
  <pre tabindex="0">${operations.map((operation) => JSON.stringify(operation, null, 1)).join('\n')}</pre>
`;
