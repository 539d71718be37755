import { ApiProperty } from '@nestjs/swagger';
import { pageOf } from '../../http/page';
import type { Archive } from './archive';

export class AuditArchiveDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ description: 'The first seal in it' })
  fromSeal: number;

  @ApiProperty({ description: 'The last seal in it' })
  toSeal: number;

  @ApiProperty({ description: 'How many events it holds' })
  entries: number;

  @ApiProperty({ format: 'date-time', description: 'Of the oldest entry' })
  firstTime: string;

  @ApiProperty({ format: 'date-time', description: 'Of the newest entry' })
  lastTime: string;

  @ApiProperty({
    description: 'The head of its last seal, base64: the next archive or the log goes on from it',
  })
  head: string;

  @ApiProperty({ description: 'Of the file, packed' })
  bytes: number;

  @ApiProperty({ description: 'Of the file, in hexadecimal' })
  sha256: string;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  static of(archive: Archive): AuditArchiveDto {
    const { id, fromSeal, toSeal, entries, head, bytes, sha256 } = archive;
    return {
      ...{ id, fromSeal, toSeal, entries },
      firstTime: archive.firstTime.toISOString(),
      lastTime: archive.lastTime.toISOString(),
      ...{ head, bytes, sha256 },
      createdAt: archive.createdAt.toISOString(),
    };
  }
}

export const AuditArchivePage = pageOf(AuditArchiveDto);
