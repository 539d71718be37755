import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { LessThan } from 'typeorm';
import type { UserPrincipal } from '../access/principal';
import { AuditTrail } from '../audit/audit-trail';
import { BEFORE_ALL, SealedEntries } from '../audit/seals/sealed-entries.service';
import { Database } from '../database/database';
import { decodeCursor, type PageQuery } from '../http/page';
import { Conflict, NotFound } from '../http/problems';
import { AuditStream } from './audit-stream.entity';
import type { Backlog, CreateAuditStreamDto, UpdateAuditStreamDto } from './audit-streams.dto';
import { StreamTurns } from './delivery/stream-turns.service';
import { newSigningSecret } from './formats/webhook-signature';
import {
  changedReceiver,
  changedSecret,
  type Receiver,
  receiverOf,
  refuseCarriedOver,
  refuseUnpaired,
  shownUrl,
} from './receiver';
import { StreamSecrets } from './stream-secrets.service';

const MOST_STREAMS = 20;

/** A stream, and what alone its maker is told. */
export interface MadeStream {
  readonly stream: AuditStream;
  readonly signingSecret: string | null;
}

/** Where the audit log of the workspace in flight is sent. */
@Injectable()
export class AuditStreamsService {
  constructor(
    private readonly database: Database,
    private readonly entries: SealedEntries,
    private readonly secrets: StreamSecrets,
    private readonly turns: StreamTurns,
    private readonly trail: AuditTrail,
  ) {}

  /** Newest first; one row more than the page holds. */
  list({ limit, cursor }: PageQuery): Promise<AuditStream[]> {
    return this.streams.find({
      where: cursor ? { id: LessThan(decodeCursor(cursor)) } : {},
      order: { id: 'DESC' },
      take: limit + 1,
    });
  }

  /** Throws NotFound. */
  async get(id: string): Promise<AuditStream> {
    const stream = await this.streams.findOneBy({ id });
    if (!stream) throw new NotFound('Audit stream');
    return stream;
  }

  /** What each of them has not delivered yet, by id. */
  async backlogs(ids: readonly string[]): Promise<Map<string, Backlog>> {
    const rows = await this.database.query<{ id: string; entries: string; since: Date | null }>(
      `select s.id, waiting.sealed_at as since,
              coalesce(newest.total, 0) - coalesce(here.total - here.size + s.position + 1, 0) as entries
         from audit_streams s
         left join lateral (select total from audit_seals order by number desc limit 1) newest on true
         left join audit_seals here on here.number = s.seal
         left join lateral (select sealed_at from audit_seals later
                             where later.number >= s.seal and (later.number > s.seal or later.size > s.position + 1)
                             order by number limit 1) waiting on true
        where s.id = any ($1)`,
      [ids],
    );
    return new Map(
      rows.map(({ id, entries, since }) => [id, { entries: Math.max(0, Number(entries)), since }]),
    );
  }

  /** Throws 409 `too_many_streams`, 400 `validation_failed`. */
  async create(
    creator: UserPrincipal,
    { type, startAt, ...input }: CreateAuditStreamDto,
  ): Promise<MadeStream> {
    const receiver = receiverOf(type, input);
    const signing = type === 'webhook' ? newSigningSecret() : undefined;
    const secret = changedSecret(input, signing === undefined ? {} : { signing });
    refuseUnpaired(receiver, secret);
    if ((await this.streams.count()) >= MOST_STREAMS) {
      throw new Conflict('too_many_streams', `A workspace has at most ${MOST_STREAMS} streams.`);
    }
    const { seal, position } = startAt === 'beginning' ? BEFORE_ALL : await this.entries.newest();
    const secretId = await this.secrets.store(secret);
    const { identifiers } = await this.streams.insert({
      ...receiver,
      ...{ type, seal: String(seal), position, secretId, createdBy: creator.memberId },
    });
    const stream = await this.get((identifiers[0] as { id: string }).id);
    await this.turns.begin(stream.id);
    this.trail.record({
      type: 'audit_stream.created',
      target: { type: 'audit_stream', id: stream.id },
      data: { type, startAt: startAt ?? 'now', ...recordable(stream) },
    });
    return { stream, signingSecret: signing ?? null };
  }

  /** Changes what is given and leaves the rest. Throws NotFound, 400 `validation_failed`. */
  async update(id: string, input: UpdateAuditStreamDto): Promise<AuditStream> {
    const stream = await this.lock(id);
    const receiver = changedReceiver(stream.type, input, stream);
    const before = await this.secrets.open(stream);
    const secret = changedSecret(input, before);
    refuseUnpaired(receiver, secret);
    refuseCarriedOver(input, stream, before);
    const replaces = !isDeepStrictEqual(before, secret);
    if (!replaces && changedFields(stream, receiver).length === 0) {
      this.trail.nothingChanged();
      return stream;
    }
    if (replaces) await this.secrets.replace(stream, secret);
    await this.streams.update({ id }, { ...receiver, updatedAt: new Date() });
    if (replaces || !isDeepStrictEqual(destinationOf(stream), destinationOf(receiver))) {
      await this.beginAfresh(stream);
    }
    const unshown = changedFields(stream, receiver).filter((field) => UNSHOWN.has(field));
    this.trail.record({
      type: 'audit_stream.updated',
      target: { type: 'audit_stream', id },
      data: {
        before: recordable(stream),
        after: recordable(receiver),
        ...(unshown.length > 0 && { replaced: unshown }),
        ...(replaces && { credentialsReplaced: true }),
      },
    });
    return this.get(id);
  }

  /** Throws NotFound. */
  async delete(id: string): Promise<void> {
    const stream = await this.lock(id);
    await this.streams.delete({ id });
    await this.secrets.remove(stream);
    this.trail.record({
      type: 'audit_stream.deleted',
      target: { type: 'audit_stream', id },
      data: { name: stream.name },
    });
  }

  /** Sends nothing from now on. Throws NotFound. */
  async pause(id: string): Promise<AuditStream> {
    const { name, status } = await this.lock(id);
    if (status === 'paused') this.trail.nothingChanged();
    else {
      await this.streams.update({ id }, { status: 'paused', pausedBecause: 'admin' });
      await this.turns.stop(id);
      this.trail.record({
        type: 'audit_stream.paused',
        target: { type: 'audit_stream', id },
        data: { name, because: 'admin' },
      });
    }
    return this.get(id);
  }

  /**
   * Goes on where it stopped, at once; also for a stream that waits for its next attempt. With `skip` it leaves out
   * the message that was refused. Throws NotFound, 409 `nothing_to_skip`.
   */
  async resume(id: string, skip: boolean): Promise<AuditStream> {
    const stream = await this.lock(id);
    if (skip && stream.sendingSeal === null) {
      throw new Conflict('nothing_to_skip', 'No message is under way that could be left out.');
    }
    await this.streams.update(
      { id },
      {
        ...{ status: 'active', pausedBecause: null, failures: 0, failingSince: null },
        ...(skip && { seal: stream.sendingSeal!, position: stream.sendingPosition! }),
        ...(skip && { sendingSeal: null, sendingPosition: null }),
      },
    );
    await this.turns.begin(id);
    const archived = await this.archivedSince(Number(stream.seal));
    this.trail.record({
      type: 'audit_stream.resumed',
      target: { type: 'audit_stream', id },
      ...((skip || archived) && { risk: 'high' }),
      data: {
        name: stream.name,
        ...(archived && { archived }),
        ...(skip && { skipped: { seal: Number(stream.sendingSeal), position: stream.sendingPosition } }),
      },
    });
    return this.get(id);
  }

  /** A new signing secret; the old one signs as well for a while. Throws NotFound, 409 `not_signed`. */
  async rotate(id: string, overlapSeconds: number): Promise<MadeStream> {
    const stream = await this.lock(id);
    if (stream.type !== 'webhook') {
      throw new Conflict('not_signed', 'Only the messages of webhooks are signed.');
    }
    const { previous: _, ...secret } = await this.secrets.open(stream);
    const signing = newSigningSecret();
    const until = overlapSeconds > 0 ? new Date(Date.now() + overlapSeconds * 1000) : null;
    await this.secrets.replace(stream, { ...secret, signing, ...(until && { previous: secret.signing! }) });
    await this.streams.update({ id }, { previousSecretUntil: until, updatedAt: new Date() });
    await this.beginAfresh(stream);
    this.trail.record({
      type: 'audit_stream.rotated',
      target: { type: 'audit_stream', id },
      data: { name: stream.name, previousUntil: until?.toISOString() ?? null },
    });
    return { stream: await this.get(id), signingSecret: signing };
  }

  /** How long another receiver failed says nothing of this one: it is tried at once, and borne with as long as any. */
  private async beginAfresh({ id, status, failures }: AuditStream): Promise<void> {
    if (status !== 'active' || failures === 0) return;
    await this.streams.update({ id }, { failures: 0, failingSince: null });
    await this.turns.begin(id);
  }

  /** Seals that went into archives while nobody sent them. */
  private async archivedSince(seal: number): Promise<{ fromSeal: number; toSeal: number } | undefined> {
    const [row] = await this.database.query<{ seal: number | null }>(
      'select max(to_seal)::float8 as seal from audit_archives where to_seal > $1',
      [seal],
    );
    return row?.seal ? { fromSeal: seal + 1, toSeal: row.seal } : undefined;
  }

  private async lock(id: string): Promise<AuditStream> {
    const stream = await this.streams.findOne({ where: { id }, lock: { mode: 'for_no_key_update' } });
    if (!stream) throw new NotFound('Audit stream');
    return stream;
  }

  private get streams() {
    return this.database.repository(AuditStream);
  }
}

/** Of what the log does not say, or not in full: that it is another. */
const UNSHOWN: ReadonlySet<string> = new Set(['url', 'ca', 'clientCertificate']);

const changedFields = (before: Receiver, after: Receiver): string[] =>
  Object.entries(after)
    .filter(([field, value]) => !isDeepStrictEqual(before[field as keyof Receiver], value))
    .map(([field]) => field);

/** All by which one receiver differs from another: not what the stream is called, and not what it is sent. */
function destinationOf(receiver: Receiver): Partial<Receiver> {
  const { url, encoding, format, host, port, plaintext, ca, clientCertificate } = receiver;
  return { url, encoding, format, host, port, plaintext, ca, clientCertificate };
}

/** What the log says about a receiver: all but its secrets. */
function recordable(receiver: Receiver): Record<string, unknown> {
  const { name, format, url, encoding, host, port, plaintext, ca, clientCertificate } = receiver;
  return {
    ...{ name, format, url: url && shownUrl(url), encoding, host, port, plaintext },
    ...{ hasCa: ca !== null, hasClientCertificate: clientCertificate !== null },
    filter: { types: receiver.filterTypes, risks: receiver.filterRisks },
  };
}
