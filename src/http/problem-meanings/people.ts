import type { ProblemMeaning } from './problem-meaning';

/** The workspace, its members, invitations and access reviews. */
export const PEOPLE = {
  plan_required: {
    when: 'The plan of the workspace does not include the feature.',
    act: '`detail` names plans that do. See [plans.md](plans.md).',
  },
  slug_taken: { when: 'Another workspace has this slug.', act: 'Choose another one.' },
  enforcement_blocked: {
    when: 'Passwords were to be refused before everything is ready for it.',
    act: '`errors` names each condition that is not met.',
  },
  enforcement_depends_on_it: {
    when: 'While passwords are refused, people could not sign in without what was to be removed.',
    act: 'Turn enforcement off first.',
  },
  policy_changed: {
    when: 'On the page of settings: somebody else changed the same group of them since the page was opened.',
    act: 'Look at what holds now, which the page shows, and save again what you want.',
  },
  member_changed: {
    when: 'On the page of members: somebody else changed the role of the member since the page was opened.',
    act: 'Look at what holds now, which the page shows, and save again what you want.',
  },
  role_mappings_changed: {
    when: 'On the page of roles by group: somebody else changed the rules since the page was opened.',
    act: 'Look at what holds now, which the page shows, and save again what you want.',
  },
  break_glass_required: {
    when: 'While single sign-on is enforced, the last break-glass admin with a password and a second factor would go.',
    act: 'Name another break-glass admin in the policy first.',
  },
  break_glass_depends_on_it: {
    when: 'While single sign-on is enforced, the last break-glass admin would lose the last second factor.',
    act: 'Set up another factor first.',
  },
  last_admin: {
    when: 'The workspace would have no admin any more.',
    act: 'Make somebody else admin first.',
  },
  role_above_own: {
    when: 'The role is above what the caller, or a directory by the policy, may give.',
    act: 'Give a lower one, or let somebody do it who has that role.',
  },
  role_decided_elsewhere: {
    when: 'A directory says a role, and role mappings or an admin have decided otherwise.',
    act: 'Take the other grant back; `GET /v1/members/{id}/access` explains which one decides.',
  },
  member_erased: {
    when: 'The member was erased: what is left of them is for the records of others only.',
    act: 'Invite the person as somebody new; decide an item of a review about them without a note.',
  },
  confirmation_mismatch: {
    when: 'The address that confirms an erasure is not that of the member.',
    act: 'Send the address of the member as it is.',
  },
  already_member: { when: 'The person is a member already.', act: 'Change the member, or sign in.' },
  address_of_another: {
    when: 'Whoever is invited is not the member who holds the address, or has it as user name; that one may be removed.',
    act: 'Erase or restore the former member, or correct the user name in the directory; then invite anew.',
  },
  already_invited: {
    when: 'The address has an open invitation.',
    act: 'Resend that one, or revoke it first.',
  },
  invitation_invalid: {
    when: 'The link is wrong, or a newer one was sent.',
    act: 'Use the link of the last mail.',
  },
  invitation_accepted: { when: 'The invitation was used.', act: 'Sign in.' },
  invitation_revoked: {
    when: 'The invitation was revoked, or whoever sent it may not invite any more.',
    act: 'Ask for a new one.',
  },
  invitation_expired: { when: 'The invitation has run out.', act: 'Ask for a new one.' },
  invitation_closed: {
    when: 'The invitation that is to be resent or revoked was accepted or revoked.',
    act: 'Invite anew, or remove the member.',
  },
  signed_in_as_other: {
    when: 'The invitation is for another address than that of whoever is signed in.',
    act: 'Sign out first.',
  },
  password_already_set: {
    when: 'The invited address has an account with another password than the one that was sent.',
    act: 'Leave the password out, or send that one.',
  },
  own_access: {
    when: 'A reviewer tried to decide about their own access.',
    act: 'Somebody else decides it.',
  },
  not_a_reviewer: { when: 'The review was given to others.', act: 'Ask one of its reviewers.' },
  already_decided: { when: 'Somebody decided this item already.', act: 'Read the review again.' },
  review_empty: { when: 'Nobody is in the scope of the review.', act: 'Widen the scope.' },
  review_too_large: {
    when: 'More members are in the scope than one review takes (10,000).',
    act: 'Narrow the scope, and begin several.',
  },
  review_changed: {
    when: 'On the page of a review: more members would lose access by now than the page said to whoever completes it.',
    act: 'Look at whom, and complete it again.',
  },
  review_incomplete: {
    when: 'Items wait for a decision.',
    act: 'Decide them, or complete with `undecided: "keep"`.',
  },
  review_open: {
    when: 'The result of a review was asked for that is not completed.',
    act: 'Complete it first.',
  },
  review_completed: {
    when: 'The review is completed: nothing in it changes any more.',
    act: 'Begin another.',
  },
  review_cancelled: { when: 'The review was cancelled: it has no result.', act: 'Begin another.' },
} as const satisfies Record<string, ProblemMeaning>;
