import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Caller, RequirePermission } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { AuditTrail } from '../../audit/audit-trail';
import { SECTIONS } from '../../auth/pages/sections';
import type { HtmlPage } from '../../http/html-page';
import { Problem, reasonsOf } from '../../http/problems';
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
    return this.page(caller, { rules: (await this.mappings.current()).rules, done });
  }

  @Post()
  @RequirePermission('sso:write')
  @Audited('role_mapping.updated')
  @ShowsPage()
  async change(@Caller() caller: UserPrincipal, @Body() form: RoleMappingsFormDto): Promise<HtmlPage> {
    const rules = rulesIn(form);
    if (form.how === 'preview') return this.page(caller, { rules, ...(await this.tried(caller, rules)) });
    const { saved } = await this.mappings.replace(caller, rules);
    return this.page(caller, { rules: saved.rules, done: 'saved' });
  }

  /** What is wrong with the rules is said beside them, so that nothing has to be typed again. */
  private async tried(
    caller: UserPrincipal,
    rules: readonly RoleRule[],
  ): Promise<Pick<RoleMappingsView, 'preview' | 'refusal'>> {
    this.trail.nothingChanged();
    try {
      return { preview: await this.previews.preview(caller, rules) };
    } catch (failure) {
      if (!(failure instanceof Problem)) throw failure;
      return { refusal: [failure.detail, ...reasonsOf(failure)].join(' ') };
    }
  }

  private async page(caller: UserPrincipal, view: Omit<RoleMappingsView, 'connections'>): Promise<HtmlPage> {
    const connections = (await this.connections.list({ limit: 100 })).map(({ connection }) => connection);
    return roleMappingsPage(caller, { ...view, connections });
  }
}
