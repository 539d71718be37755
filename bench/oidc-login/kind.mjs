// What is particular to the report of logins through an OpenID Provider.

const total = ({ milliseconds }) => milliseconds.total;
const cpu = ({ cpu: { server, postgres } }) => server + postgres;
/** The two stages that better-auth has. */
const twoStages = ({ milliseconds: { start, callback } }) => start + callback;

export const kind = {
  title: 'A whole OpenID Connect login',
  stages: ['start', 'callback', 'token', 'userinfo'],
  packages: ['@boxyhq/saml-jackson', 'better-auth', '@better-auth/sso'],
  comparisons: [
    {
      name: 'whole login: Polis divided by ours',
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
      name: 'start and callback: better-auth divided by ours',
      value: twoStages,
      of: 'better-auth',
      by: 'Gatehouse',
    },
  ],
  notes:
    'The provider answers over HTTP from the process of the benchmark; its ID tokens, RS256 and ES256 in turn, are signed before anybody asks for them.',
};
