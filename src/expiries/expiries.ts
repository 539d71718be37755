import { Injectable } from '@nestjs/common';
import { DAY_MS } from '../config/durations';

export const KINDS = [
  ...['idp_certificate', 'sp_key', 'client_secret', 'scim_token', 'domain', 'silent_directory'],
  ...['metadata_refresh', 'metadata_certificate', 'untested_revision', 'setup_link'],
] as const;
export const SEVERITIES = ['ok', 'notice', 'warning', 'critical', 'expired'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Something that can end, or has stopped working, as the room that owns it sees it. */
export interface Watched {
  readonly kind: string;
  readonly subject: {
    readonly type: string;
    readonly id: string;
    readonly name: string;
    /** Of what belongs to a connection: which one. */
    readonly connectionId?: string;
  };
  /** Null for what has no date but a state. */
  readonly expiresAt: Date | null;
  /** What ends, to be followed by "expires on …"; without a date a whole sentence. */
  readonly what: string;
  /** What to do about it. */
  readonly action: string;
  /** For what has no date, or none that says how bad it is. */
  readonly severity?: Severity;
  /**
   * Tells one occasion of the same thing from the next: admins hear of each once. Absent: of what has a date, the
   * date; of anything else they hear nothing.
   */
  readonly occasion?: string;
  /** Tells several of one kind and subject apart. */
  readonly part?: string;
  /** The room itself tells the admins. */
  readonly toldElsewhere?: boolean;
}

export interface ExpiryItem extends Omit<Watched, 'what' | 'occasion' | 'part' | 'toldElsewhere'> {
  readonly daysLeft: number | null;
  readonly severity: Severity;
  readonly message: string;
  /** Under which admins are told of it, once; undefined: they need not be. */
  readonly noticeKey: string | undefined;
}

/** A room that has something to watch, in the workspace in flight. */
export interface ExpirySource {
  watched(now: Date): Promise<Watched[]>;
}

/** Admins hear of a date when this many days are left. */
export const STEPS = [0, 1, 3, 7, 14, 30, 60] as const;
const SEVERE: readonly (readonly [daysLeft: number, severity: Severity])[] = [
  [0, 'expired'],
  [7, 'critical'],
  [30, 'warning'],
  [60, 'notice'],
];

/** Everything that sign-ins depend on and that can run out. Rooms add what they know of. */
@Injectable()
export class Expiries {
  private readonly sources: ExpirySource[] = [];

  /** Rooms call it in onModuleInit. */
  add(source: ExpirySource): void {
    this.sources.push(source);
  }

  /** What there is to watch in the workspace in flight, the most urgent first. */
  async items(now: Date): Promise<ExpiryItem[]> {
    const items: ExpiryItem[] = [];
    // One transaction, so one after the other.
    for (const source of this.sources) {
      items.push(...(await source.watched(now)).map((watched) => itemOf(watched, now)));
    }
    return items.sort(
      (a, b) =>
        SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) ||
        (a.expiresAt?.getTime() ?? Infinity) - (b.expiresAt?.getTime() ?? Infinity),
    );
  }
}

function itemOf({ what, occasion, part, toldElsewhere, ...watched }: Watched, now: Date): ExpiryItem {
  const { expiresAt, kind, subject } = watched;
  const daysLeft = expiresAt && Math.max(0, Math.ceil((expiresAt.getTime() - now.getTime()) / DAY_MS));
  const severity = watched.severity ?? severityOf(daysLeft);
  const step = daysLeft === null ? undefined : STEPS.find((days) => daysLeft <= days);
  const when = expiresAt ? (step === undefined ? undefined : `${expiresAt.toISOString()}:${step}`) : occasion;
  // The prefix stands in rows of sent_notices: with another one, admins would hear of everything again.
  const key = ['radar', kind, subject.id, ...(part === undefined ? [] : [part]), when].join(':');
  return {
    ...{ ...watched, daysLeft, severity },
    message: expiresAt ? `${what} ${daysLeft === 0 ? 'expired' : 'expires'} on ${dayOf(expiresAt)}.` : what,
    noticeKey: when === undefined || toldElsewhere ? undefined : key,
  };
}

function severityOf(daysLeft: number | null): Severity {
  if (daysLeft === null) return 'ok';
  return SEVERE.find(([days]) => daysLeft <= days)?.[1] ?? 'ok';
}

const dayOf = (instant: Date): string => instant.toISOString().slice(0, 10);
