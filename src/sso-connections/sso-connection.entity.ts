import { Column, Entity } from 'typeorm';
import { WorkspaceEntity } from '../database/workspace.entity';
import type { AttributeMapping } from './attribute-mapping';

export type ConnectionType = 'saml' | 'oidc';

/**
 * `draft`: being set up, nobody signs in by it yet. `tested`: the same, and a test sign-in by these very settings has
 * passed. `disabled`: nobody signs in by it any more.
 */
export type ConnectionStatus = 'draft' | 'tested' | 'active' | 'disabled';

/** The connection of a workspace to one identity provider. Settings of the protocol are in their own tables. */
@Entity('sso_connections')
export class SsoConnection extends WorkspaceEntity {
  @Column('text')
  type: ConnectionType;

  @Column('text')
  name: string;

  /** Which product the identity provider is, for instructions: `okta`, `entra`, … */
  @Column('text')
  provider: string;

  @Column('text', { default: 'draft' })
  status: ConnectionStatus;

  @Column('jsonb', { default: () => "'{}'" })
  attributeMapping: AttributeMapping;

  /** The number of the settings in force; see ConnectionRevision. */
  @Column('int', { default: 1 })
  revision: number;

  /** The latest revision by which somebody has signed in. */
  @Column('int', { nullable: true })
  provenRevision: number | null;

  @Column('timestamptz', { default: () => 'now()' })
  readonly createdAt: Date;

  @Column('timestamptz', { default: () => 'now()' })
  updatedAt: Date;
}
