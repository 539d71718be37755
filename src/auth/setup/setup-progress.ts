import { html, type Html } from '../../http/html';
import type { SetupView } from '../../sso-connections/setup-links/setup-view.service';

/** The steps of a set-up; each is a heading of the page with this id. */
export const STEPS = {
  enter: { id: 'step-1', title: '1. Enter this at the identity provider' },
  tell: { id: 'step-2', title: '2. Tell us about the identity provider' },
  test: { id: 'step-3', title: '3. Test it' },
  activate: { id: 'step-4', title: '4. Activate it' },
} as const;

type Step = keyof typeof STEPS;

export const stepHeading = (step: Step): Html => html`<h2 id="${STEPS[step].id}">${STEPS[step].title}</h2>`;

/** Which steps are done, which one is next, and a way to each. */
export function setupProgress(view: Pick<SetupView, 'connection' | 'attempts'>, activates: boolean): Html {
  const done = doneOf(view);
  const steps = (Object.keys(STEPS) as Step[]).filter((step) => activates || step !== 'activate');
  const next = steps.find((step) => !done[step]);
  return html`<ol class="steps" aria-label="Steps">
    ${steps.map(
      (step) =>
        html`<li class="${done[step] ? 'done' : ''}" ${step === next ? html`aria-current="step"` : undefined}>
          <a href="#${STEPS[step].id}">${STEPS[step].title}</a>
          <span class="soft">${done[step] ? 'done' : step === next ? 'next' : 'to do'}</span>
        </li>`,
    )}
  </ol>`;
}

/** What was entered at the provider shows only once it has answered. */
function doneOf({ connection, attempts }: Pick<SetupView, 'connection' | 'attempts'>): Record<Step, boolean> {
  const { complete, tested, status } = connection;
  const answered = attempts.some((one) => one.status === 'passed' || one.status === 'failed');
  return { enter: tested || answered, tell: complete, test: tested, activate: status === 'active' };
}
