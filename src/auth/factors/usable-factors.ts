/** Selects the factors of a member that open something: confirmed, and of these types; recovery codes alone are none. */
export const usableFactors = ({ member, types }: { member: string; types: string }): string =>
  `select from factors f
    where f.member_id = ${member} and f.type = any (${types}) and f.type <> 'recovery' and f.confirmed_at is not null`;
