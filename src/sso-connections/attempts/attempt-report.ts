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
  { checks, status, code }: Pick<LoginAttempt, 'checks' | 'status' | 'code'>,
  connection: ReportedConnection,
  publicUrl: string,
): ExplainedCheck[] {
  const all = status === 'failed' && code !== null ? withDeciding(checks, code) : checks;
  return all.map((check) => {
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

/** A refusal that no check stands for is a row of its own. */
function withDeciding(checks: readonly Check[], code: string): readonly Check[] {
  if (checks.some((check) => !check.ok && check.code === code)) return checks;
  return [...checks, { id: code, code, ok: false, received: null, expected: 'see the hint' }];
}

function addressesOf({ id, type }: ReportedConnection, publicUrl: string): OurAddresses {
  return type === 'saml' ? serviceProviderAddresses(publicUrl, id) : relyingPartyAddresses(publicUrl, id);
}
