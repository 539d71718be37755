import type { UserPrincipal } from '../../access/principal';
import { type Html, html } from '../../http/html';
import { BRAND } from './brand';
import { PAGES } from './pages';
import { type Section, sectionsOf } from './sections';

/** What all pages of the console stand in: the way to its sections, as far as this person sees them, and the page. */
export function shell(
  caller: UserPrincipal,
  here: Pick<Section, 'label'> & { readonly path: string },
  content: Html,
): Html {
  const places = [{ path: PAGES.console, label: caller.workspace.name }, ...sectionsOf(caller)];
  return html`<main class="console">
    <div class="rail">
      <a class="skip" href="#content">Skip to ${here.label}</a>
      ${BRAND}
      <nav aria-label="Console">
        ${places.map(({ path, label }) =>
          path === here.path
            ? html`<a href="${path}" aria-current="page">${label}</a>`
            : html`<a href="${path}">${label}</a>`,
        )}
      </nav>
    </div>
    <div id="content" tabindex="-1">${content}</div>
  </main>`;
}
