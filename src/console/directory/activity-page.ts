import type { UserPrincipal } from '../../access/principal';
import { CONSOLE_FORMS } from '../../auth/pages/forms/console-forms';
import { SECTIONS } from '../../auth/pages/sections';
import { html } from '../../http/html';
import type { HtmlPage } from '../../http/html-page';
import type { Activity } from '../../scim/activity/activity';
import { consoleFrame, further, given, searchForm } from '../frame';
import { ACTIVITY_PATH, activityRows } from './activity-rows';
import type { ActivityPageQuery } from './activity-page.dto';

export interface ActivityView {
  readonly activity: readonly Activity[];
  readonly next: string | null;
  /** What is looked for, as it was typed. */
  readonly search: Omit<ActivityPageQuery, 'limit' | 'cursor'>;
}

/** Of those that a search keeps without a field to type them into: what it then is about. */
const ABOUT = {
  member: 'one user',
  group: 'one group',
  token: 'one credential',
} as const;

/** The requests of directories, newest first. */
export function activityPage(caller: UserPrincipal, { activity, next, search }: ActivityView): HtmlPage {
  const about = (Object.keys(ABOUT) as (keyof typeof ABOUT)[]).filter((name) => search[name] !== undefined);
  return consoleFrame(caller, {
    section: SECTIONS.directory,
    body: html`
      <h2>Activity</h2>
      <p class="soft">What directories asked, and what came of it. Kept for 30 days, without secrets.</p>
      ${
        about.length === 0
          ? undefined
          : html`<p>
              Only about ${about.map((name) => ABOUT[name]).join(' and ')}.
              <a href="${ACTIVITY_PATH}">All activity</a>
            </p>`
      }
      ${searchForm(ACTIVITY_PATH, CONSOLE_FORMS.activitySearch.fields, { ...search })}
      ${activity.length === 0 ? html`<p>Nothing found.</p>` : undefined} ${activityRows(activity)}
      ${further(ACTIVITY_PATH, next, given(search))}
      <p class="after"><a href="${SECTIONS.directory.path}">Tokens and clients</a></p>
    `,
  });
}
