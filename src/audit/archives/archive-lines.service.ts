import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { AuditEventDto } from '../audit-events.dto';
import { isOpen, PersonalRecords } from '../personal/personal-records.service';
import { AuditProofs, type EntryProof, shown } from '../seals/audit-proofs.service';
import { type PlacedEntry, SealedEntries, type SealedPlace } from '../seals/sealed-entries.service';
import { StoredAuditEvent } from '../stored-audit-event.entity';
import { headerOf, type Range } from './archive';

const PAGE = 500;

/** The encrypted personal parts of an entry, and the ids of the keys: erasing a person destroys their key. */
type SealedParts = Pick<StoredAuditEvent, 'actorPerson' | 'sealedActor' | 'dataPerson' | 'sealedData'>;
type AtRest = AuditEventDto & { readonly sealed?: SealedParts; readonly proof: EntryProof };

/**
 * Converts entries to the lines of an archive file (personal data encrypted) and these to the lines of an export
 * (decrypted).
 */
@Injectable()
export class ArchiveLines {
  constructor(
    private readonly database: Database,
    private readonly entries: SealedEntries,
    private readonly proofs: AuditProofs,
    private readonly personal: PersonalRecords,
  ) {}

  /**
   * The lines of an archive of the seals in `range`. Reads them in pieces, each in its own transaction. Calls `each`
   * for every entry.
   */
  async *atRest(
    workspaceId: string,
    range: Range,
    each: (event: StoredAuditEvent) => void,
  ): AsyncGenerator<string> {
    yield lineOf(headerOf(workspaceId, range));
    const end = { seal: range.toSeal, position: 2 ** 31 - 1 };
    let place: SealedPlace = { seal: range.fromSeal, position: -1 };
    for (;;) {
      const from = place;
      const [page, lines] = await this.database.inWorkspace(workspaceId, async () => {
        const found = await this.entries.after(from, PAGE, end);
        return [found, await this.restingLines(found)] as const;
      });
      for (const { stored } of page) each(stored);
      yield* lines;
      if (page.length < PAGE) return;
      place = page.at(-1)!;
    }
  }

  /**
   * Converts lines of an archive to lines of an export: decrypts personal data, except that of erased persons. In
   * pieces, as above.
   */
  async *readable(workspaceId: string, lines: AsyncIterable<string>): AsyncGenerator<string> {
    let piece: AtRest[] = [];
    const open = (): Promise<string[]> =>
      this.database.inWorkspace(workspaceId, () => this.openedLines(piece));
    for await (const line of lines) {
      const parsed = JSON.parse(line) as AtRest;
      if ('archive' in parsed) yield `${line}\n`;
      else piece.push(parsed);
      if (piece.length < PAGE) continue;
      yield* await open();
      piece = [];
    }
    if (piece.length > 0) yield* await open();
  }

  private async restingLines(page: readonly PlacedEntry[]): Promise<string[]> {
    const closed = page.map(({ stored }) => ({ stored, shown: stored, actor: null, data: null }));
    const proofs = await this.proofs.of(closed);
    return closed.map(({ stored }) => {
      const { actorPerson, sealedActor, dataPerson, sealedData } = stored;
      const hasParts = sealedActor !== null || sealedData !== null;
      return lineOf({
        ...AuditEventDto.of(stored),
        ...(hasParts && { sealed: { actorPerson, sealedActor, dataPerson, sealedData } }),
        proof: proofs.get(stored.id),
      });
    });
  }

  private async openedLines(piece: readonly AtRest[]): Promise<string[]> {
    const opened = await this.personal.open(piece.map(storedOf));
    return opened.map(({ shown: event, actor, data }, at) => {
      const { proof } = piece[at]!;
      return lineOf({
        ...AuditEventDto.of(event),
        proof: {
          ...proof,
          ...(proof.actor && { actor: shown(proof.actor.commitment, actor) }),
          ...(proof.data && {
            data: {
              ...shown(proof.data.commitment, data),
              ...(isOpen(data) && { fields: Object.keys(data.fields) }),
            },
          }),
        },
      });
    });
  }
}

/** Restores the StoredAuditEvent from an archive line, with the columns needed to decrypt it. */
function storedOf({ sealed, ...event }: AtRest): StoredAuditEvent {
  const { id, type, risk, actor, target, ip, userAgent, requestId, data, workspaceId } = event;
  return Object.assign(new StoredAuditEvent(), {
    ...{ id, type, risk, ip, userAgent, requestId, data, workspaceId, time: new Date(event.time) },
    ...{ actorType: actor.type, actorId: actor.id, actorEmail: actor.email ?? null },
    ...{ targetType: target?.type ?? null, targetId: target?.id ?? null },
    ...{ actorPerson: null, sealedActor: null, dataPerson: null, sealedData: null },
    ...sealed,
  });
}

const lineOf = (value: unknown): string => `${JSON.stringify(value)}\n`;
