// The people both demo identity providers know. PEOPLE (JSON, same shape) replaces them.
const acme = [
  person('ada', 'Ada', 'Lovelace', ['Engineering', 'Workflow Admins']),
  person('grace', 'Grace', 'Hopper', ['Engineering']),
  person('alan', 'Alan', 'Turing', ['Research']),
  person('katherine', 'Katherine', 'Johnson', ['Finance', 'Approvers']),
];
// Somebody whose address is outside the domains that the workspace has verified: must not get in.
const outsider = { ...person('mallory', 'Mallory', 'Malory', ['Visitors']), email: 'mallory@elsewhere.test' };

export const people = process.env.PEOPLE ? JSON.parse(process.env.PEOPLE) : [...acme, outsider];

function person(id, givenName, familyName, groups) {
  const sub = `demo-${id}`;
  return { sub, email: `${id}@acme.test`, emailVerified: true, givenName, familyName, groups };
}

export function findPerson(email) {
  return people.find((known) => known.email === email?.trim().toLowerCase());
}

export function nameOf({ givenName, familyName }) {
  return [givenName, familyName].filter(Boolean).join(' ');
}
