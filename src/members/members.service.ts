import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import { Database } from '../database/database';
import { Member } from './member.entity';

/** The people of the workspace in flight. */
@Injectable()
export class MembersService {
  constructor(private readonly database: Database) {}

  /** The live member who is this user here. */
  async findLiveByUser(userId: string): Promise<Member | undefined> {
    return (await this.members.findOneBy({ userId, removedAt: IsNull() })) ?? undefined;
  }

  /** The member with this id, unless removed. */
  async findLive(id: string): Promise<Member | undefined> {
    return (await this.members.findOneBy({ id, removedAt: IsNull() })) ?? undefined;
  }

  private get members() {
    return this.database.repository(Member);
  }
}
