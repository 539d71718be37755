import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Caller, RequirePermission } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { AuditTrail } from '../../audit/audit-trail';
import { inWordsOfPages } from '../../auth/pages/forms/words-of-pages';
import { RefusedOnPage } from '../../auth/pages/refused-on-page';
import { SECTIONS } from '../../auth/pages/sections';
import type { HtmlPage } from '../../http/html-page';
import { problemOf } from '../../http/problem-of';
import type { RoleRule } from '../../members/grants/role-rules';
import { RoleMappingPreview } from '../../members/role-mappings/role-mapping-preview.service';
import { RoleMappingsService } from '../../members/role-mappings/role-mappings.service';
import { ConnectionReader } from '../../sso-connections/connection-reader.service';
import { SectionQuery } from '../section-query.dto';
import { ShowsPage } from '../shows-page';
import { RoleMappingsFormDto, rulesIn } from './role-mappings-forms.dto';
import { roleMappingsPage, type RoleMappingsView } from './role-mappings-pages';

const { path } = SECTIONS.roleMappings;

/** Roles by groups and departments, for people with a browser. The calls below /v1 do as much. */
@ApiExcludeController()
@Controller(path)
export class RoleMappingsPagesController {
  constructor(
    private readonly mappings: RoleMappingsService,
    private readonly previews: RoleMappingPreview,
    private readonly connections: ConnectionReader,
    private readonly trail: AuditTrail,
  ) {}

  @Get()
  @RequirePermission('sso:read')
  @ShowsPage()
  async show(@Caller() caller: UserPrincipal, @Query() { done }: SectionQuery): Promise<HtmlPage> {
    const { rules } = await this.mappings.current();
    return roleMappingsPage(caller, { rules, connections: await this.connectionsHere(), done });
  }

  @Post()
  @RequirePermission('sso:write')
  @Audited('role_mapping.updated')
  @ShowsPage()
  async change(@Caller() caller: UserPrincipal, @Body() form: RoleMappingsFormDto): Promise<HtmlPage> {
    const rules = rulesIn(form);
    const connections = await this.connectionsHere();
    try {
      return roleMappingsPage(caller, { connections, ...(await this.outcome(caller, rules, form.how)) });
    } catch (failure) {
      // What is wrong with the rules is said beside them, so that nothing has to be typed again.
      const problem = inWordsOfPages(problemOf(failure));
      if (problem.status >= 500 || problem.code === 'reauthentication_required') throw failure;
      throw new RefusedOnPage(problem, roleMappingsPage(caller, { connections, rules, refused: problem }));
    }
  }

  private async outcome(
    caller: UserPrincipal,
    rules: readonly RoleRule[],
    how: RoleMappingsFormDto['how'],
  ): Promise<Pick<RoleMappingsView, 'rules' | 'preview' | 'done'>> {
    if (how === 'save')
      return { rules: (await this.mappings.replace(caller, rules)).saved.rules, done: 'saved' };
    this.trail.nothingChanged();
    return { rules, preview: await this.previews.preview(caller, rules) };
  }

  private async connectionsHere(): Promise<RoleMappingsView['connections']> {
    return (await this.connections.list({ limit: 100 })).map(({ connection }) => connection);
  }
}
