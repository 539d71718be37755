import { type CodeInSources, problemsPage } from './problems-page';
import { DIRECTORIES } from '../http/problem-meanings/directories';
import { DOMAINS_KEYS_AND_LOGS } from '../http/problem-meanings/domains-keys-and-logs';
import { EVERY_CALL } from '../http/problem-meanings/every-call';
import { PASSWORDS_AND_FACTORS } from '../http/problem-meanings/passwords-and-factors';
import { PEOPLE } from '../http/problem-meanings/people';
import { SIGNALS } from '../http/problem-meanings/signals';
import { SIGNING_IN } from '../http/problem-meanings/signing-in';

const MEANINGS = {
  ...EVERY_CALL,
  ...SIGNING_IN,
  ...PASSWORDS_AND_FACTORS,
  ...PEOPLE,
  ...DOMAINS_KEYS_AND_LOGS,
  ...DIRECTORIES,
  ...SIGNALS,
};

describe('The page about problems', () => {
  const answered = (more: Record<string, CodeInSources> = {}): Map<string, CodeInSources> =>
    new Map([
      ...Object.keys(MEANINGS).map((code) => [code, { statuses: ['400'], by: [] }] as const),
      ...Object.entries(more),
    ]);

  it('has a row for each code, with its statuses', () => {
    const page = problemsPage(answered({ busy: { statuses: ['503', '409'], by: [] } }));
    expect(page).toMatch(/\| `busy` \| 409, 503 \| 409: somebody changes the same thing/);
    for (const code of Object.keys(MEANINGS)) expect(page).toContain(`| \`${code}\` |`);
  });

  it('says the status of a sign-in that is refused as the refusal itself does, and what the catalogue says', () => {
    const page = problemsPage(answered({ saml_response_too_large: { statuses: [], by: ['SamlRefusal'] } }));
    expect(page).toMatch(
      /\| `saml_response_too_large` \| 413 \|.*troubleshooting\.md#saml_response_too_large/,
    );
  });

  it('is not written when a code has no meaning', () => {
    const codes = answered({ brand_new: { statuses: ['409'], by: [] } });
    expect(() => problemsPage(codes)).toThrow('brand_new');
  });

  it('is not written when a meaning has no code any more', () => {
    const codes = answered();
    codes.delete('slug_taken');
    expect(() => problemsPage(codes)).toThrow('slug_taken');
  });
});
