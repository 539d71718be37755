// What is particular to the report of SAML logins.

/** The two stages that better-auth has. */
const twoStages = ({ milliseconds: { start, acs } }) => start + acs;
const total = ({ milliseconds }) => milliseconds.total;
const cpu = ({ cpu: { server, postgres } }) => server + postgres;

const comparisons = [
  {
    name: 'whole login: Polis divided by ours',
    target: 6,
    of: (at) => total(at('Polis')) / total(at('Gatehouse')),
  },
  {
    name: '- CPU of server and PostgreSQL',
    of: (at) => cpu(at('Polis')) / cpu(at('Gatehouse')),
  },
  {
    name: 'whole login, full directory: Polis divided by ours',
    target: 10,
    of: (at) => total(at('Polis full')) / total(at('Gatehouse full')),
  },
  {
    name: '- CPU of server and PostgreSQL',
    of: (at) => cpu(at('Polis full')) / cpu(at('Gatehouse full')),
  },
  {
    name: 'start and ACS: better-auth divided by ours',
    target: 10,
    of: (at) => twoStages(at('better-auth')) / twoStages(at('Gatehouse')),
  },
  {
    name: 'whole login, full directory: ours divided by ours when empty',
    most: 1.1,
    of: (at) => total(at('Gatehouse full')) / total(at('Gatehouse')),
  },
  {
    name: 'whole login, full directory: Polis divided by Polis when empty',
    of: (at) => total(at('Polis full')) / total(at('Polis')),
  },
];

export const kind = {
  title: 'A whole SAML login',
  stages: ['start', 'acs', 'token', 'userinfo'],
  packages: ['@boxyhq/saml-jackson', 'better-auth', '@better-auth/sso', 'samlify'],
  comparisons,
  notes: 'Response and assertion signed, eight attributes and five groups; signing them is not measured.',
};
