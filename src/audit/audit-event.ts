export const RISKS = ['low', 'medium', 'high', 'critical'] as const;
export type Risk = (typeof RISKS)[number];

/** Every type of event there is, with its ordinary risk. An event may be recorded with a higher one. */
export const AUDIT_EVENTS = {
  'workspace.created': 'medium',
  'workspace.updated': 'medium',
  'workspace.policy_updated': 'high',
  'workspace.member_invited': 'medium',
  'workspace.invitation_revoked': 'low',
  'workspace.invitation_resent': 'low',
  'workspace.member_joined': 'medium',
  'workspace.member_updated': 'medium',
  'workspace.member_removed': 'medium',
  'workspace.member_restored': 'medium',
  'member.erased': 'critical',
  'member.exported': 'high',
  'auth.role_escalated': 'high',
  'auth.login_succeeded': 'low',
  'auth.login_failed': 'medium',
  'auth.logged_out': 'low',
  'auth.session_ended': 'low',
  'auth.refresh_reused': 'high',
  'auth.workspace_switched': 'low',
  'auth.second_factor_asked': 'low',
  'auth.factor_enrolment_begun': 'low',
  'auth.factor_enrolled': 'medium',
  'auth.factor_removed': 'medium',
  'auth.recovery_codes_replaced': 'medium',
  'auth.recovery_code_used': 'medium',
  'auth.break_glass_used': 'high',
  'access.refused': 'medium',
  'sso.login_succeeded': 'low',
  'sso.login_failed': 'medium',
  'sso.identity_linked': 'medium',
  'sso.idp_initiated': 'low',
  'sso.logout_received': 'low',
  'sso.logout_answered': 'low',
  'sso.logout_refused': 'medium',
  'sso.link_proof_failed': 'medium',
  'sso.conflict_opened': 'medium',
  'sso.conflict_resolved': 'high',
  'sso.groups_overage': 'medium',
  'sso.role_sync_held': 'high',
  'role_mapping.updated': 'high',
  'sso.revocation_received': 'medium',
  'sso.signal_received': 'low',
  'sso_connection.created': 'medium',
  'sso_connection.updated': 'high',
  'sso_connection.rolled_back': 'high',
  'sso_connection.test_started': 'low',
  'sso_connection.test_passed': 'low',
  'sso_connection.test_failed': 'low',
  'sso_connection.activated': 'medium',
  'sso_connection.disabled': 'medium',
  'sso_connection.deleted': 'high',
  'sso_connection.refreshed': 'low',
  'sso_connection.refresh_failed': 'medium',
  'sso.expiry_announced': 'low',
  'sso_connection.signals_updated': 'high',
  'sso_connection.signals_removed': 'medium',
  'sso_connection.key_published': 'medium',
  'sso_connection.key_activated': 'medium',
  'sso_connection.key_removed': 'medium',
  'setup_link.created': 'medium',
  'setup_link.opened': 'medium',
  'setup_link.used': 'low',
  'setup_link.revoked': 'low',
  'domain.added': 'low',
  'domain.verified': 'medium',
  'domain.verification_failed': 'low',
  'domain.failing': 'medium',
  'domain.lost': 'high',
  'domain.removed': 'medium',
  'api_key.created': 'medium',
  'api_key.updated': 'medium',
  'api_key.rotated': 'medium',
  'api_key.revoked': 'medium',
  'api_key.adopted': 'medium',
  'api_key.refused': 'medium',
  'scim_token.created': 'medium',
  'scim_token.rotated': 'medium',
  'scim_token.revoked': 'medium',
  'scim_token.refused': 'medium',
  'scim_client.created': 'medium',
  'scim_client.rotated': 'medium',
  'scim_client.revoked': 'medium',
  'scim_client.refused': 'medium',
  'scim_client.token_issued': 'low',
  'scim.user_created': 'medium',
  'scim.user_updated': 'low',
  'scim.user_deactivated': 'medium',
  'scim.user_reactivated': 'medium',
  'scim.group_created': 'low',
  'scim.group_updated': 'low',
  'scim.group_deleted': 'medium',
  'scim.change_refused': 'high',
  'scim.mass_change_held': 'high',
  'scim.deactivation_held': 'medium',
  'scim.hold_approved': 'high',
  'scim.hold_rejected': 'medium',
  'scim.switched_off': 'high',
  'scim.switch_off_undone': 'high',
  'secret.created': 'medium',
  'secret.updated': 'medium',
  'secret.deleted': 'medium',
  'secret.accessed': 'high',
  'audit.exported': 'medium',
} as const satisfies Record<string, Risk>;

export type AuditEventType = keyof typeof AUDIT_EVENTS;

export interface AuditActor {
  readonly type: 'user' | 'api_key' | 'scim' | 'system';
  readonly id: string | null;
  readonly email?: string;
}

/** What a room says about a deed. Who did it, from where and in which request is known already. */
export interface AuditRecord {
  readonly type: AuditEventType;
  readonly target?: { readonly type: string; readonly id: string };
  /** What changed, before and after. Never a secret, a password or a token. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** Only when it differs from the ordinary risk of the type. */
  readonly risk?: Risk;
  /** Only when nobody is signed in yet, or the deed is somebody else's. */
  readonly actor?: AuditActor;
}
