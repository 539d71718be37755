/**
 * SQL that is true of the member `m` of the user `u` whom no sign-in finds, and who never signed in through a provider
 * either: a directory has made them of an address, and whoever proves that by an invitation becomes them, unless the
 * person, `userId` in SQL, is or was another member here.
 */
export const nobodysYet = (userId: string): string => `
  not u.email_claimed
  and not exists (select from sessions s where s.member_id = m.id)
  and not exists (select from members o where o.user_id = ${userId})`;
