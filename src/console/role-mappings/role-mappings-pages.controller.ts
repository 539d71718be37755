import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Caller, RequirePermission } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { AuditTrail } from '../../audit/audit-trail';
import { editionOf } from '../../auth/pages/forms/seen';
import { inWordsOfPages } from '../../auth/pages/forms/words-of-pages';
import { RefusedOnPage } from '../../auth/pages/refused-on-page';
import { SECTIONS } from '../../auth/pages/sections';
import { EditConflict } from '../../http/edit-conflict';
import type { HtmlPage } from '../../http/html-page';
import { problemOf } from '../../http/problem-of';
import type { Problem } from '../../http/problems';
import type { RoleRule } from '../../members/grants/role-rules';
import { KnownValues } from '../../members/role-mappings/known-values.service';
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
    private readonly known: KnownValues,
    private readonly trail: AuditTrail,
  ) {}

  @Get()
  @RequirePermission('sso:read')
  @ShowsPage()
  async show(@Caller() caller: UserPrincipal, @Query() { done }: SectionQuery): Promise<HtmlPage> {
    const { rules } = await this.mappings.current();
    return roleMappingsPage(caller, { rules, edition: editionOf(rules), ...(await this.choices()), done });
  }

  @Post()
  @RequirePermission('sso:write')
  @Audited('role_mapping.updated')
  @ShowsPage()
  async change(@Caller() caller: UserPrincipal, @Body() form: RoleMappingsFormDto): Promise<HtmlPage> {
    const rules = rulesIn(form);
    const { tryGroups, tryDepartment } = form;
    const page = { ...(await this.choices()), tried: { groups: tryGroups, department: tryDepartment } };
    try {
      return roleMappingsPage(caller, { ...page, ...(await this.outcome(caller, rules, form)) });
    } catch (failure) {
      // What is wrong with the rules is said beside them, so that nothing has to be typed again.
      const problem = inWordsOfPages(problemOf(failure));
      if (problem.status >= 500 || problem.code === 'reauthentication_required') throw failure;
      throw new RefusedOnPage(
        problem,
        roleMappingsPage(caller, await this.refused(form, { ...page, rules, refused: problem })),
      );
    }
  }

  private async outcome(
    caller: UserPrincipal,
    rules: readonly RoleRule[],
    { how, seen, tryGroups, tryDepartment }: RoleMappingsFormDto,
  ): Promise<Pick<RoleMappingsView, 'rules' | 'edition' | 'preview' | 'done'>> {
    if (how === 'save') {
      const { saved } = await this.mappings.replace(caller, rules, (present) => {
        const edition = editionOf(present);
        if (seen !== undefined && seen !== edition)
          throw new EditConflict('role_mappings_changed', [], edition);
      });
      return { rules: saved.rules, edition: editionOf(saved.rules), done: 'saved' };
    }
    this.trail.nothingChanged();
    const somebody =
      tryGroups.length > 0 || tryDepartment !== undefined
        ? { groups: tryGroups, ...(tryDepartment !== undefined && { department: tryDepartment }) }
        : undefined;
    return { rules, edition: seen, preview: await this.previews.preview(caller, rules, somebody) };
  }

  /** With the rules that hold, where somebody else has made them. */
  private async refused(
    { seen }: RoleMappingsFormDto,
    view: RoleMappingsView & { readonly refused: Problem },
  ): Promise<RoleMappingsView> {
    if (!(view.refused instanceof EditConflict)) return { ...view, edition: seen };
    return { ...view, edition: view.refused.seenNow, present: (await this.mappings.current()).rules };
  }

  /** What there is to choose from. */
  private async choices(): Promise<Pick<RoleMappingsView, 'connections' | 'known'>> {
    const connections = await this.connections.list({ limit: 100 });
    return { connections: connections.map(({ connection }) => connection), known: await this.known.list() };
  }
}
