import { prepared } from '../../database/statement';

/** How many attempts may fail. */
export const MOST = {
  /** In a quarter of an hour, from one network on one account, or from one device that is known there. */
  perAccount: 10,
  /** In a quarter of an hour, from one network on whatever accounts, as far as they were looked at. */
  perNetwork: 100,
  /**
   * In a day, from all networks on one account, as far as they were looked at: of strangers only. NIST SP 800-63B-4
   * wants a hundred at most.
   */
  ofStrangers: 100,
} as const;

const COUNT_ON = `
  on conflict (key) do update set
    attempts = case when counter.resets_at > now() then counter.attempts + 1 else 1 end,
    resets_at = case when counter.resets_at > now() then counter.resets_at else excluded.resets_at end
  returning key, attempts, resets_at`;

/**
 * One statement: of many attempts at once, each sees a count of its own. A counter that ran out starts over. Takes the
 * keys of this network on the account, of the network, of all strangers, and of the device; the address; and the device
 * that is shown. A device that is known for the address counts by itself alone. What is refused does not count any
 * further: on one account nobody uses up what the network has for all of them, and it takes many networks to keep a new
 * device out.
 */
export const COUNT_ATTEMPT = `
  with known as (
    select exists (select from known_devices d join users u on u.id = d.user_id
                    where u.email = $5::text and u.email_claimed
                      and d.device_hash = device_hash($6::bytea, u.id)) as yes
  ), close as (
    insert into sign_in_attempts as counter (key, attempts, resets_at)
    select case when known.yes then $4::bytea else $1::bytea end, 1, now() + interval '15 minutes'
      from known
    ${COUNT_ON}
  ), network as (
    insert into sign_in_attempts as counter (key, attempts, resets_at)
    select $2::bytea, 1, now() + interval '15 minutes'
      from known
     where not known.yes and not exists (select from close where attempts > ${MOST.perAccount})
    ${COUNT_ON}
  ), strangers as (
    insert into sign_in_attempts as counter (key, attempts, resets_at)
    select $3::bytea, 1, now() + interval '1 day'
      from network
     where attempts <= ${MOST.perNetwork}
    ${COUNT_ON}
  )
  select key, attempts, ceil(extract(epoch from resets_at - now()))::int as seconds_left
    from (select * from close union all select * from network union all select * from strangers) every`;

/**
 * Signing in clears the first of the keys; of the others it takes back what this attempt added. Takes them in the order
 * in which attempts are counted, and locks them so, or two could wait for each other.
 */
export const GIVE_BACK = prepared(
  'give_sign_in_back',
  `
  update sign_in_attempts counter
     set attempts = case when $2 and counter.key = ($1::bytea[])[1] then 0 else greatest(counter.attempts - 1, 0) end
    from (select a.key from unnest($1::bytea[]) with ordinality k (key, place)
            join sign_in_attempts a using (key) order by k.place for update of a) locked
   where counter.key = locked.key`,
);

export const SWEEP = `
  delete from sign_in_attempts where key in
    (select key from sign_in_attempts where resets_at < now() limit 1000 for update skip locked)`;
