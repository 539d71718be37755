import { oidcSources, samlSources } from '../attribute-sources';
import { relyingPartyAddresses, serviceProviderAddresses } from '../connection-urls';
import type { Check } from '../diagnosis/check';
import type { Owner } from '../diagnosis/diagnosis';
import { explain, type Explanation, type OurAddresses } from '../diagnosis/explain';
import type { SsoConnection } from '../sso-connection.entity';
import type { LoginAttempt } from './login-attempt.entity';

/** A check with what to do about it: filled in when it failed. */
export interface ExplainedCheck extends Check {
  readonly title: string;
  readonly owner: Owner | null;
  readonly hint: string | null;
  readonly where: string | null;
}

export interface ReportedAttribute {
  readonly name: string;
  readonly values: readonly string[];
  /** The fields of a person that the connection takes from it. */
  readonly mappedTo: readonly string[];
}

export type ReportedConnection = Pick<SsoConnection, 'id' | 'type' | 'provider' | 'attributeMapping'>;

/** A sign-in as its administrators, or whoever tests, get to see it. */
export interface AttemptReport {
  readonly kind: LoginAttempt['kind'];
  readonly status: LoginAttempt['status'];
  readonly revision: number;
  /** What a refusal means. */
  readonly verdict: Explanation | undefined;
  readonly checks: readonly ExplainedCheck[];
  readonly attributes: readonly ReportedAttribute[];
  readonly statement: Readonly<Record<string, unknown>> | null;
  readonly subject: string | null;
  readonly email: string | null;
  readonly memberId: string | null;
  readonly role: string | null;
  readonly roleReason: string | null;
}

export function reportOf(
  attempt: LoginAttempt,
  connection: ReportedConnection,
  publicUrl: string,
): AttemptReport {
  const { kind, status, revision, statement, subject, email, memberId, role, roleReason, code } = attempt;
  return {
    ...{ kind, status, revision, statement, subject, email, memberId, role, roleReason },
    verdict: code === null ? undefined : verdictOn(code, connection, publicUrl),
    checks: explainedChecks(attempt, connection, publicUrl),
    attributes: reportedAttributes(attempt.attributes, connection),
  };
}

/** Every check with an explanation for this connection, the one that decided among them. */
export function explainedChecks(
  attempt: Pick<LoginAttempt, 'checks' | 'status' | 'code' | 'email' | 'subject'>,
  connection: ReportedConnection,
  publicUrl: string,
): ExplainedCheck[] {
  return withDeciding(attempt).map((check) => {
    const { title, owner, hint, where } = verdictOn(check.code, connection, publicUrl);
    const advice = check.ok ? { owner: null, hint: null, where: null } : { owner, hint, where };
    return { ...check, title: check.ok ? check.id.replaceAll('_', ' ') : title, ...advice };
  });
}

/** What the refusal of a whole sign-in means for this connection. */
export function verdictOn(code: string, connection: ReportedConnection, publicUrl: string): Explanation {
  const { provider } = connection;
  return explain(code, { provider, addresses: addressesOf(connection, publicUrl) });
}

/** Attributes as they came, and which field of a person each of them fills. */
export function reportedAttributes(
  attributes: Readonly<Record<string, readonly string[]>> | null,
  { type, attributeMapping }: Pick<ReportedConnection, 'type' | 'attributeMapping'>,
): ReportedAttribute[] {
  const came = Object.entries(attributes ?? {});
  const names = came.map(([name]) => name);
  const sources = [...(type === 'saml' ? samlSources : oidcSources)(attributeMapping, names)];
  return came.map(([name, values]) => ({
    ...{ name, values },
    mappedTo: sources.flatMap(([field, source]) => (source === name ? [field] : [])),
  }));
}

/** What refusals of a person are about. Read from the attempt, where it stands until the person is erased. */
const ABOUT: Readonly<Record<string, 'email' | 'subject'>> = {
  subject_invalid: 'subject',
  email_invalid: 'email',
  email_domain_not_verified: 'email',
  jit_disabled: 'email',
  jit_domain_not_allowed: 'email',
  account_conflict: 'email',
  member_conflict: 'email',
};

/** A refusal that no check stands for is a row of its own. */
function withDeciding(attempt: Parameters<typeof explainedChecks>[0]): readonly Check[] {
  const { checks, status, code } = attempt;
  if (status !== 'failed' || code === null) return checks;
  if (checks.some((check) => !check.ok && check.code === code)) return checks;
  const about = ABOUT[code];
  const received = about ? attempt[about] : null;
  return [...checks, { id: code, code, ok: false, received, expected: 'see the hint' }];
}

function addressesOf({ id, type }: ReportedConnection, publicUrl: string): OurAddresses {
  return type === 'saml' ? serviceProviderAddresses(publicUrl, id) : relyingPartyAddresses(publicUrl, id);
}
