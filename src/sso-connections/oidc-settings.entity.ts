import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { TokenEndpointAuthMethod } from './oidc-discovery';

export const PROMPTS = ['login', 'select_account', 'consent'] as const;

export type Prompt = (typeof PROMPTS)[number];

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

  /** Nothing for a client that signs with a key of its own. */
  @Column('uuid', { nullable: true })
  clientSecretId: string | null;

  /** Whether the endpoints were typed in; otherwise the discovery document named them. */
  @Column('boolean', { default: false })
  manual: boolean;

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

  @Column('text', { nullable: true })
  endSessionEndpoint: string | null;

  @Column('text', { default: 'client_secret_basic' })
  tokenEndpointAuthMethod: TokenEndpointAuthMethod;

  /** As the provider described itself; empty when it did not say. */
  @Column('text', { array: true, default: () => "'{}'" })
  tokenEndpointAuthMethodsSupported: string[];

  @Column('boolean', { default: false })
  backchannelLogoutSupported: boolean;

  @Column('boolean', { default: false })
  backchannelLogoutSessionSupported: boolean;

  @Column('boolean', { default: false })
  issParameterSupported: boolean;

  @Column('text', { array: true, default: () => "'{openid,email,profile}'" })
  scopes: string[];

  /** Seconds since the person last showed who they are; null: however long ago. */
  @Column('int', { nullable: true })
  maxAge: number | null;

  @Column('text', { nullable: true })
  prompt: Prompt | null;

  @Column('text', { array: true, default: () => "'{}'" })
  acrValues: string[];

  /** Whether one of `acrValues` has to come back; otherwise they are a wish. */
  @Column('boolean', { default: false })
  acrRequired: boolean;

  /** Entra: the tenant (`tid`) whose people may sign in. */
  @Column('uuid', { nullable: true })
  entraTenantId: string | null;

  /** Google: the organisation's domain (`hd`). */
  @Column('text', { nullable: true })
  hostedDomain: string | null;
}
