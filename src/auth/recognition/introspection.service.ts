import { Injectable } from '@nestjs/common';
import { ApiKeyAuthenticator } from '../../api-keys/api-key.authenticator';
import { Config } from '../../config/config';
import { SessionAuthenticator } from '../sessions/session.authenticator';
import { IntrospectionDto } from './introspection.dto';

/** Tells a resource server what a token is worth at this moment (RFC 7662). */
@Injectable()
export class IntrospectionService {
  constructor(
    private readonly config: Config,
    private readonly sessions: SessionAuthenticator,
    private readonly apiKeys: ApiKeyAuthenticator,
  ) {}

  /** Inactive is everything that is wrong, expired, revoked, of another kind or of another workspace. */
  async introspect(token: string, workspaceId: string): Promise<IntrospectionDto> {
    const found = token.startsWith('gh_') ? await this.ofKey(token) : await this.ofPerson(token);
    return found?.workspace_id === workspaceId ? found : IntrospectionDto.inactive;
  }

  private async ofKey(text: string): Promise<IntrospectionDto | undefined> {
    const key = await this.apiKeys.inspect(text);
    return key && IntrospectionDto.ofKey(key, this.config.publicUrl);
  }

  private async ofPerson(token: string): Promise<IntrospectionDto | undefined> {
    const live = await this.sessions.byAccessToken(token);
    return live && IntrospectionDto.ofPerson(live, this.config.publicUrl);
  }
}
