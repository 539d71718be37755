import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { PasswordHasher } from '../auth/password/hashing/password-hasher';
import { PasswordRefused, PasswordRules } from '../auth/password/rules/password-rules.service';
import { type Bootstrap, Config, ConfigError } from '../config/config';
import { Database } from '../database/database';
import { Problem } from '../http/problems';
import { FoundingService } from '../members/founding.service';

/** On an empty database: the first workspace and its admin. On any later start it changes nothing. */
@Injectable()
export class BootstrapService implements OnApplicationBootstrap {
  private readonly log = new Logger('Bootstrap');

  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly founding: FoundingService,
    private readonly hasher: PasswordHasher,
    private readonly rules: PasswordRules,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { bootstrap } = this.config;
    if (!bootstrap || !(await this.isEmpty())) return;
    await this.judge(bootstrap);
    try {
      await this.founding.found({
        slug: bootstrap.workspace,
        name: bootstrap.workspace,
        adminEmail: bootstrap.adminEmail,
        adminPasswordHash: await this.hasher.hash(bootstrap.adminPassword),
      });
      this.log.log(`Workspace ${bootstrap.workspace} made, with its admin`);
    } catch (failure) {
      // Another instance that started at the same moment was first.
      if (!(failure instanceof Problem && failure.code === 'slug_taken')) throw failure;
    }
  }

  /** Throws ConfigError in production; elsewhere a password that is good enough for a first look is told of. */
  private async judge({ workspace, adminEmail, adminPassword }: Bootstrap): Promise<void> {
    const owner = { email: adminEmail, workspaces: [workspace], hasFactor: false };
    try {
      await this.rules.check(adminPassword, owner);
    } catch (failure) {
      if (!(failure instanceof PasswordRefused)) throw failure;
      const sentence = `BOOTSTRAP_ADMIN_PASSWORD is not good enough: ${failure.detail}`;
      if (this.config.production) throw new ConfigError(sentence);
      this.log.warn(`${sentence} With NODE_ENV=production this would end the start.`);
    }
  }

  private async isEmpty(): Promise<boolean> {
    return (await this.database.lookUp('any_workspace', 'select 1 from workspaces limit 1', [])).length === 0;
  }
}
