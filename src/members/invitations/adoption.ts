/**
 * SQL that holds for a member `m` whom a directory created from an email address and as whom nobody has signed in yet
 * (`u` is the row of `users` behind it). Whoever proves that address by an invitation becomes this member. `userId`
 * is SQL for the id of that person's user; it does not hold if they are or were another member here.
 */
export const nobodysYet = (userId: string): string => `
  not u.email_claimed
  and not exists (select from sessions s where s.member_id = m.id)
  and not exists (select from members o where o.user_id = ${userId})`;
