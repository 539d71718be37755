import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What must carry the identity provider's signature. */
export type Signed = 'assertion' | 'response' | 'both';

/** How a message travels with the browser: in the address, or in a form. */
export type Binding = 'redirect' | 'post';

/** How the person should have signed in at the identity provider (SAML Core section 3.3.2.2.1). */
export interface RequestedAuthnContext {
  readonly classRefs: string[];
  readonly comparison: 'exact' | 'minimum' | 'maximum' | 'better';
}

/** The SAML side of a connection: the identity provider as it was described, and how we speak to it. */
@Entity('saml_settings')
export class SamlSettings {
  @PrimaryColumn('uuid')
  connectionId: string;

  @Column('uuid', { default: () => 'current_workspace_id()' })
  readonly workspaceId: string;

  /** The identity provider's. */
  @Column('text')
  entityId: string;

  @Column('text')
  ssoUrl: string;

  @Column('text', { nullable: true })
  sloUrl: string | null;

  /** PEM; a signature by any of them counts. */
  @Column('text', { array: true })
  certificates: string[];

  /** Where the description was fetched, if it was. */
  @Column('text', { nullable: true })
  metadataUrl: string | null;

  /** PEM. Where there are any, metadata is taken only when it is signed with the key of one of them. */
  @Column('text', { array: true, default: () => "'{}'" })
  metadataCertificates: string[];

  @Column('text', { default: 'assertion' })
  signed: Signed;

  @Column('text', { nullable: true })
  nameIdFormat: string | null;

  /** Whether encrypted assertions may use RSA 1.5 and AES-CBC, which others can try cipher texts against. */
  @Column('boolean', { default: false })
  allowWeakEncryption: boolean;

  @Column('text', { default: 'redirect' })
  requestBinding: Binding;

  @Column('text', { nullable: true })
  ssoPostUrl: string | null;

  @Column('boolean', { default: true })
  signRequests: boolean;

  @Column('boolean', { default: false })
  forceAuthn: boolean;

  /** Null: the identity provider decides how people sign in. */
  @Column('jsonb', { nullable: true })
  requestedAuthnContext: RequestedAuthnContext | null;

  /** An answer that nobody asked for starts an ordinary sign-in. It is never trusted itself. */
  @Column('boolean', { default: false })
  allowIdpInitiated: boolean;

  @Column('text', { default: 'redirect' })
  sloBinding: Binding;

  /** Where answers about logging out go, if not to `sloUrl`. */
  @Column('text', { nullable: true })
  sloResponseUrl: string | null;
}
