import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What must carry the identity provider's signature. */
export type Signed = 'assertion' | 'response' | 'both';

/** The SAML side of a connection: the identity provider as it was described, and our key pair for it. */
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

  @Column('text', { default: 'assertion' })
  signed: Signed;

  @Column('text', { nullable: true })
  nameIdFormat: string | null;

  @Column('text')
  spCertificate: string;

  @Column('uuid')
  spKeySecretId: string;
}
