import { sha256 } from '../../crypto/sha256';
import { requestContext } from '../../http/request-context';
import type { ResourceQuery } from '../resource-query';

/** Which list somebody reads: the workspace, the credential and the query without its page. */
export class ListIdentity {
  private constructor(readonly text: string) {}

  static of(resourceType: string, { filter, sortBy, sortOrder, alongside }: ResourceQuery): ListIdentity {
    const caller = requestContext.current()?.caller;
    const query = [resourceType, filter ?? null, sortBy ?? null, sortOrder ?? null, alongside !== undefined];
    const digest = sha256(JSON.stringify(query)).toString('base64url').slice(0, 22);
    return new ListIdentity(`${caller?.workspaceId}|${caller?.id}|${digest}`);
  }
}
