// What is particular to the report of SAML logins.

/** The two stages that better-auth has. */
const twoStages = ({ milliseconds: { start, acs } }) => start + acs;
const total = ({ milliseconds }) => milliseconds.total;
const cpu = ({ cpu: { server, postgres } }) => server + postgres;

const comparisons = [
  {
    name: 'whole login: Polis divided by ours',
    target: 6,
    value: total,
    of: 'Polis',
    by: 'Gatehouse',
  },
  {
    name: '- CPU of server and PostgreSQL',
    value: cpu,
    of: 'Polis',
    by: 'Gatehouse',
  },
  {
    name: 'whole login, full directory: Polis divided by ours',
    target: 10,
    value: total,
    of: 'Polis full',
    by: 'Gatehouse full',
  },
  {
    name: '- CPU of server and PostgreSQL',
    value: cpu,
    of: 'Polis full',
    by: 'Gatehouse full',
  },
  {
    name: 'start and ACS: better-auth divided by ours',
    target: 10,
    value: twoStages,
    of: 'better-auth',
    by: 'Gatehouse',
  },
  {
    name: 'whole login, full directory: ours divided by ours when empty',
    most: 1.1,
    value: total,
    of: 'Gatehouse full',
    by: 'Gatehouse',
  },
  {
    name: 'whole login, full directory: Polis divided by Polis when empty',
    value: total,
    of: 'Polis full',
    by: 'Polis',
  },
  {
    name: 'share of the floor: its whole login divided by ours',
    value: total,
    of: 'floor',
    by: 'Gatehouse',
  },
  {
    name: '- CPU of server and PostgreSQL',
    value: cpu,
    of: 'floor',
    by: 'Gatehouse',
  },
  {
    name: 'whole login: Polis divided by the floor',
    value: total,
    of: 'Polis',
    by: 'floor',
  },
  {
    name: '- CPU of server and PostgreSQL',
    value: cpu,
    of: 'Polis',
    by: 'floor',
  },
];

export const kind = {
  title: 'A whole SAML login',
  stages: ['start', 'acs', 'token', 'userinfo'],
  packages: ['@boxyhq/saml-jackson', 'better-auth', '@better-auth/sso', 'samlify'],
  comparisons,
  notes:
    'Response and assertion signed, eight attributes and five groups; signing them is not measured. “floor” is the least code that could do it.',
};
