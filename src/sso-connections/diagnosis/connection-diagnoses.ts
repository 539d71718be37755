import type { Diagnosis } from './diagnosis';

/** Refusals of steps in the life of a connection: testing, activating, its keys, its domains, its plan. */
export const CONNECTION_DIAGNOSES = {
  plan_required: {
    owner: 'workspace_admin',
    title: 'The plan of the workspace does not include this',
    explanation: 'Whoever runs this service ties single sign-on, SCIM or audit streaming to a plan.',
    hint: 'Move the workspace to one of the plans that the refusal names. What is set up stays as it is meanwhile.',
  },
  connection_incomplete: {
    owner: 'workspace_admin',
    title: 'Nothing is known of the identity provider yet',
    explanation: 'The connection was made by its name alone, so that the provider could be set up first.',
    hint: 'Describe the provider with PATCH, or send its administrator a setup link.',
  },
  connection_is_draft: {
    owner: 'workspace_admin',
    title: 'The connection is not in use',
    explanation: 'Only a connection that was active can be disabled.',
    hint: 'Delete the draft if it is not wanted.',
  },
  test_required: {
    owner: 'workspace_admin',
    title: 'These settings have not passed a test',
    explanation: 'A connection is activated after a test sign-in of the very settings that are in force.',
    hint: 'Start a test and open its link in a browser; or activate with untested, which is recorded as high risk.',
  },
  revision_incomplete: {
    owner: 'workspace_admin',
    title: 'There is nothing in that revision to go back to',
    explanation: 'It is from before the identity provider was described.',
    hint: 'Restore a later revision, or describe the identity provider anew.',
  },
  connection_changed: {
    owner: 'workspace_admin',
    title: 'Somebody else changed the connection at the same moment',
    explanation: 'Its settings changed while the provider was being asked, or since the page was opened.',
    hint: 'Look at the connection and try again.',
  },
  refresh_taken_back: {
    owner: 'workspace_admin',
    title: 'The provider still says what kept people out',
    explanation:
      'What was read of the provider made settings by which nobody could sign in, so they were taken back. It still says the same.',
    hint: 'Ask the administrator of the identity provider; refresh the connection yourself to try these settings once more.',
  },
  signed_metadata_required: {
    owner: 'workspace_admin',
    title: 'This connection takes signed metadata only',
    explanation:
      'An admin named certificates that its metadata has to be signed by. Whoever has a setup link can neither change them nor do without.',
    hint: 'Give the signed metadata, or let an admin change metadataCertificates.',
  },
  nothing_to_change: {
    owner: 'workspace_admin',
    title: 'The request changes nothing',
    explanation: 'The body names no field of the connection.',
    hint: 'Name at least one field to change.',
  },
  key_already_published: {
    owner: 'workspace_admin',
    title: 'A key waits to be activated already',
    explanation: 'One key signs and one may wait.',
    hint: 'Activate or remove the key that waits.',
  },
  key_not_published: {
    owner: 'workspace_admin',
    title: 'That key cannot be activated',
    explanation: 'It signs already, or is being retired.',
    hint: 'Publish a new key, give the identity provider its certificate, then activate it.',
  },
  key_is_active: {
    owner: 'workspace_admin',
    title: 'The key that signs cannot be removed',
    explanation: 'Without it no request of ours could be signed.',
    hint: 'Publish and activate another key first.',
  },
  foreign_form: {
    owner: 'workspace_admin',
    title: 'The form does not come from the set-up page',
    explanation:
      'Another site sent the browser here, or the page was open before the setup link was opened again.',
    hint: 'Load the set-up page again and send the form from there.',
  },
  domain_exists: {
    owner: 'workspace_admin',
    title: 'The workspace has that domain already',
    explanation: 'A domain is listed once.',
    hint: 'Verify the entry that is there.',
  },
  domain_taken: {
    owner: 'operator',
    title: 'Another workspace has proved that domain',
    explanation: 'A domain belongs to one workspace at a time.',
    hint: 'Find out who in your company uses this service already. Whoever runs it can tell the two workspaces of each other.',
  },
  domain_not_verified: {
    owner: 'workspace_admin',
    title: 'The DNS record of the domain was not found',
    explanation: 'The TXT record is not there, holds another text, or DNS did not answer.',
    hint: 'Add the record exactly as shown, wait until your DNS has it, and verify again.',
  },
  enforcement_depends_on_it: {
    owner: 'workspace_admin',
    title: 'The workspace refuses passwords and needs this',
    explanation:
      'Without its last active connection, verified domain or break-glass admin nobody could sign in.',
    hint: 'Turn sso.enforced off in the policy first, or set up another.',
  },
} as const satisfies Record<string, Diagnosis>;
