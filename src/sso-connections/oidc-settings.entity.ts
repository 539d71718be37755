import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { TokenEndpointAuthMethod } from './oidc-discovery';

/** The OIDC side of a connection: the client we are there, and the provider as it described itself. */
@Entity('oidc_settings')
export class OidcSettings {
  @PrimaryColumn('uuid')
  connectionId: string;

  @Column('uuid', { default: () => 'current_workspace_id()' })
  readonly workspaceId: string;

  @Column('text')
  issuer: string;

  @Column('text')
  clientId: string;

  @Column('uuid')
  clientSecretId: string;

  /** As an administrator read it at the provider; null: nobody said. */
  @Column('timestamptz', { nullable: true })
  clientSecretExpiresAt: Date | null;

  @Column('text')
  authorizationEndpoint: string;

  @Column('text')
  tokenEndpoint: string;

  @Column('text')
  jwksUri: string;

  @Column('text', { nullable: true })
  userinfoEndpoint: string | null;

  @Column('text', { default: 'client_secret_basic' })
  tokenEndpointAuthMethod: TokenEndpointAuthMethod;

  @Column('boolean', { default: false })
  issParameterSupported: boolean;

  @Column('text', { array: true, default: () => "'{openid,email,profile}'" })
  scopes: string[];
}
