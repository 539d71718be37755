import { Body, Controller, Get, Post, Query, Redirect } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Caller, RequireFreshAuthentication, RequirePermission } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import type { SeenEditionDto } from '../../auth/pages/forms/seen';
import { inWordsOfPages } from '../../auth/pages/forms/words-of-pages';
import { RefusedOnPage } from '../../auth/pages/refused-on-page';
import { ENFORCED, SECTIONS } from '../../auth/pages/sections';
import type { HtmlPage } from '../../http/html-page';
import { problemOf } from '../../http/problem-of';
import { MemberList } from '../../members/list/member-list.service';
import { MembersService } from '../../members/members.service';
import { type Policy, WorkspacePolicyService } from '../../workspaces/workspace-policy.service';
import { WorkspacesService } from '../../workspaces/workspaces.service';
import { rateOf } from '../rate-of';
import { SectionQuery } from '../section-query.dto';
import { backTo, type Onward, ShowsPage } from '../shows-page';
import {
  ApiKeyRulesFormDto,
  AuditFormDto,
  DirectoriesFormDto,
  NameFormDto,
  SecondFactorsFormDto,
  SessionsFormDto,
  SingleSignOnFormDto,
} from './settings-forms.dto';
import {
  minutes,
  refuseUnseen,
  refuseUnseenName,
  type SettingsGroup,
  settingsPage,
  type SettingsView,
  singleSignOnRefused,
} from './settings-pages';

const { path } = SECTIONS.settings;

const ADMINS = { limit: 100, filter: 'status eq "active" and role eq "admin"' };

/** Name and policy of the workspace, for people with a browser. The calls below /v1 do as much, and more. */
@ApiExcludeController()
@Controller(path)
export class SettingsPagesController {
  constructor(
    private readonly workspaces: WorkspacesService,
    private readonly policies: WorkspacePolicyService,
    private readonly members: MembersService,
    private readonly rows: MemberList,
  ) {}

  @Get()
  @RequirePermission('workspace:write')
  @ShowsPage()
  async show(@Caller() caller: UserPrincipal, @Query() { done }: SectionQuery): Promise<HtmlPage> {
    const policy = await this.policies.current();
    return settingsPage(caller, { policy, admins: await this.admins(policy), done });
  }

  /** Those who may keep their password, among them whoever does already. */
  private async admins({
    breakGlassMemberIds,
  }: Pick<Policy, 'breakGlassMemberIds'>): Promise<SettingsView['admins']> {
    const { members } = await this.rows.page(ADMINS);
    // A box that is not there cannot stay ticked.
    const left = breakGlassMemberIds.filter((id) => !members.some((member) => member.id === id));
    const chosen = await Promise.all(left.map((id) => this.members.get(id)));
    const others = chosen.filter(({ role, removedAt }) => role === 'admin' && !removedAt);
    return [...others, ...members];
  }

  @Post('name')
  @Redirect(path, 303)
  @RequirePermission('workspace:write')
  @Audited('workspace.updated')
  async rename(@Body() form: NameFormDto): Promise<Onward> {
    await this.workspaces.update({ name: form.name }, (present) => refuseUnseenName(form, present));
    return backTo(path, 'saved');
  }

  @Post('sessions')
  @Redirect(path, 303)
  @RequirePermission('workspace:write')
  @RequireFreshAuthentication()
  @Audited('workspace.policy_updated')
  async sessions(@Body() form: SessionsFormDto): Promise<Onward> {
    const { idleMinutes, absoluteMinutes, freshMinutes, maxConcurrent = null, accessTokenMinutes } = form;
    const policy = await this.policies.current();
    const session = {
      idleSeconds: seconds(idleMinutes, policy.idleSeconds),
      absoluteSeconds: seconds(absoluteMinutes, policy.absoluteSeconds),
      freshSeconds: seconds(freshMinutes, policy.freshSeconds),
      maxConcurrent,
      accessTokenSeconds: seconds(accessTokenMinutes, policy.accessTokenSeconds),
    };
    return this.save('sessions', form, { session });
  }

  @Post('second-factors')
  @Redirect(path, 303)
  @RequirePermission('workspace:write')
  @RequireFreshAuthentication()
  @Audited('workspace.policy_updated')
  async secondFactors(@Body() form: SecondFactorsFormDto): Promise<Onward> {
    const { gracePeriodDays = 0, seen: _, ...mfa } = form;
    return this.save('secondFactors', form, { mfa: { ...mfa, gracePeriodDays } });
  }

  @Post('single-sign-on')
  @Redirect(path, 303)
  @RequirePermission('workspace:write')
  @RequireFreshAuthentication()
  @Audited('workspace.policy_updated')
  async singleSignOn(@Caller() caller: UserPrincipal, @Body() form: SingleSignOnFormDto): Promise<Onward> {
    // Before it is tried: what the database refuses leaves nothing to be asked afterwards.
    const { ssoEnforced, ...before } = await this.policies.current();
    const admins = await this.admins(before);
    try {
      await this.enforce(form);
    } catch (failure) {
      const problem = inWordsOfPages(problemOf(failure));
      if (problem.status >= 500) throw failure;
      throw new RefusedOnPage(problem, singleSignOnRefused(caller, { problem, form, admins }));
    }
    return backTo(path, form.enforced === 'on' && !ssoEnforced ? ENFORCED : 'saved');
  }

  private async enforce(form: SingleSignOnFormDto): Promise<void> {
    await this.save('singleSignOn', form, {
      sso: {
        enforced: form.enforced === 'on',
        breakGlassMemberIds: form.breakGlass,
        jit: {
          enabled: form.jit === 'on',
          defaultRole: form.jitRole,
          requireMapping: form.jitNeedsMapping === 'on',
          allowedDomains: form.jitDomains,
        },
      },
    });
  }

  @Post('api-keys')
  @Redirect(path, 303)
  @RequirePermission('workspace:write')
  @RequireFreshAuthentication()
  @Audited('workspace.policy_updated')
  async apiKeys(@Body() form: ApiKeyRulesFormDto): Promise<Onward> {
    const { onMemberRemoval, maxLifetimeDays = null } = form;
    const apiKeys = { onMemberRemoval, maxLifetimeDays, rateLimit: rateOf(form) };
    return this.save('apiKeys', form, { apiKeys });
  }

  @Post('directories')
  @Redirect(path, 303)
  @RequirePermission('workspace:write')
  @RequireFreshAuthentication()
  @Audited('workspace.policy_updated')
  async directories(@Body() form: DirectoriesFormDto): Promise<Onward> {
    const massChange = {
      members: form.massChangeMembers,
      percent: form.massChangePercent,
      windowMinutes: form.massChangeWindow,
    };
    const scim = { massChange, directorySetsRole: form.directorySetsRole };
    return this.save('directories', form, { scim });
  }

  @Post('audit')
  @Redirect(path, 303)
  @RequirePermission('workspace:write')
  @RequireFreshAuthentication()
  @Audited('workspace.policy_updated')
  async audit(@Body() form: AuditFormDto): Promise<Onward> {
    const { retentionDays = null, legalHold } = form;
    return this.save('audit', form, { audit: { retentionDays, legalHold: legalHold === 'on' } });
  }

  /** Unless somebody else has changed the group since the page was opened. */
  private async save(
    group: SettingsGroup,
    form: SeenEditionDto,
    changes: Parameters<WorkspacePolicyService['update']>[0],
  ): Promise<Onward> {
    await this.policies.update(changes, (present) => refuseUnseen(group, form, present));
    return backTo(path, 'saved');
  }
}

/** What was not changed stays as it was, to the second. */
const seconds = (typed: number | undefined, before: number): number =>
  typed === undefined || typed === minutes(before) ? before : typed * 60;
