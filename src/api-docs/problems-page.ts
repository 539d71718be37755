import { OidcRefusal, type OidcRefusalCode } from '../auth/oidc/protocol/refusal';
import { SamlLogoutRefusal, type SamlLogoutRefusalCode } from '../auth/saml/protocol/logout-refusal';
import { SamlRefusal, type SamlRefusalCode } from '../auth/saml/protocol/refusal';
import { RevocationRefusal, type RevocationRefusalCode } from '../auth/signals/protocol/revocation-refusal';
import { type OAuthError, OAuthRefusal } from '../http/oauth-refusal';
import { DIRECTORIES } from '../http/problem-meanings/directories';
import { DOMAINS_KEYS_AND_LOGS } from '../http/problem-meanings/domains-keys-and-logs';
import { EVERY_CALL } from '../http/problem-meanings/every-call';
import { PASSWORDS_AND_FACTORS } from '../http/problem-meanings/passwords-and-factors';
import { PEOPLE } from '../http/problem-meanings/people';
import type { ProblemMeaning } from '../http/problem-meanings/problem-meaning';
import { SIGNALS } from '../http/problem-meanings/signals';
import { SIGNING_IN } from '../http/problem-meanings/signing-in';
import type { Problem } from '../http/problems';
import { CATALOGUE, FAMILIES } from '../sso-connections/diagnosis/catalogue';
import type { Diagnosis } from '../sso-connections/diagnosis/diagnosis';
import { withOurAddresses } from '../sso-connections/diagnosis/troubleshooting';

/** What the sources say of a code: its statuses, or the classes whose status depends on it. */
export interface CodeInSources {
  readonly statuses: Iterable<string>;
  readonly by: Iterable<string>;
}

const CHAPTERS: Readonly<Record<string, Readonly<Record<string, ProblemMeaning>>>> = {
  'Every call': EVERY_CALL,
  'Signing in': SIGNING_IN,
  'Passwords and factors': PASSWORDS_AND_FACTORS,
  'The workspace and its people': PEOPLE,
  'Domains, keys, secrets and the log': DOMAINS_KEYS_AND_LOGS,
  Directories: DIRECTORIES,
  'What identity providers send behind the browser': SIGNALS,
};

/** By the name of the class, for those that look the status up. */
const ANSWERS: Readonly<Record<string, (code: string) => Problem>> = {
  OidcRefusal: (code) => new OidcRefusal(code as OidcRefusalCode, ''),
  SamlRefusal: (code) => new SamlRefusal(code as SamlRefusalCode, ''),
  SamlLogoutRefusal: (code) => new SamlLogoutRefusal(code as SamlLogoutRefusalCode, ''),
  RevocationRefusal: (code) => new RevocationRefusal(code as RevocationRefusalCode, ''),
  SubjectUnknown: (code) => new RevocationRefusal(code as RevocationRefusalCode, ''),
  OAuthRefusal: (code) => new OAuthRefusal(code as OAuthError, ''),
};

const INTRODUCTION = `# Problems

Every call under \`/v1\` answers errors as \`application/problem+json\` (RFC 9457), with a \`code\` that stays what it is.
Programs decide by it; \`detail\` is for people and may be worded anew. This page has every code: search for it.

\`\`\`json
{
  "type": "urn:gatehouse:problem:last_admin",
  "title": "Conflict",
  "status": 409,
  "detail": "A workspace keeps at least one admin. Make somebody else admin first.",
  "code": "last_admin",
  "instance": "the id of the request, as in x-request-id"
}
\`\`\`

Pages for browsers show the code as their reason, and answer the same JSON to \`Accept: application/json\`. Other formats
have words of their own: SCIM (\`/scim/v2\`) writes \`scimType\` in camel case (\`invalid_filter\` here is \`invalidFilter\`
there) or none, \`POST /oauth/token\` and \`POST /v1/auth/revoke\` write \`error\`, and receivers of security events
\`err\` (RFC 8935); the code of what was refused there is in the audit log.

This page is written by \`npm run docs:generated\` from the sources, \`src/http/problem-meanings\` and the catalogue in
\`src/sso-connections/diagnosis\`.`;

const FEDERATION =
  'What identity providers and connections to them cause. The link leads to who can put it right, and where.';

/** docs/problems.md. Throws when a code has no meaning, or a meaning no code. */
export function problemsPage(codes: ReadonlyMap<string, CodeInSources>): string {
  const known = new Set(Object.values(CHAPTERS).flatMap(Object.keys));
  const unknown = [...codes.keys()].filter((code) => !known.has(code) && !CATALOGUE.has(code));
  const stale = [...known].filter((code) => !codes.has(code));
  if (unknown.length > 0)
    throw new Error(`Say what they mean in src/http/problem-meanings: ${unknown.join(', ')}`);
  if (stale.length > 0) throw new Error(`Nothing answers any more: ${stale.join(', ')}`);
  const rows = (meanings: readonly (readonly [code: string, ProblemMeaning])[]) =>
    [...meanings]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(
        ([code, { when, act }]) =>
          `| \`${code}\` | ${statusesOf(code, codes.get(code)!)} | ${when} | ${act} |`,
      );
  const ours = Object.entries(CHAPTERS).map(([title, meanings]) =>
    table(`## ${title}`, rows(Object.entries(meanings))),
  );
  const federated = Object.entries(FAMILIES).map(([family, diagnoses]) => {
    const others = Object.entries<Diagnosis>(diagnoses).filter(
      ([code]) => codes.has(code) && !known.has(code),
    );
    return table(
      `### ${family}`,
      rows(others.map(([code, diagnosis]) => [code, meaningOf(code, diagnosis)])),
    );
  });
  return `${[INTRODUCTION, ...ours, `## Single sign-on\n\n${FEDERATION}`, ...federated].join('\n\n')}\n`;
}

function meaningOf(code: string, { explanation, hint }: Diagnosis): ProblemMeaning {
  return { when: explanation, act: `${withOurAddresses(hint)} [More](sso/troubleshooting.md#${code})` };
}

function statusesOf(code: string, { statuses, by }: CodeInSources): string {
  const lookedUp = [...by].map((name) => String(ANSWERS[name]?.(code).status ?? '4xx'));
  return [...new Set([...statuses, ...lookedUp])].sort().join(', ');
}

function table(heading: string, rows: readonly string[]): string {
  const head = ['| code | status | when | what to do |', '| --- | --- | --- | --- |'];
  return `${heading}\n\n${[...head, ...rows].join('\n')}`;
}
