import { Body, Controller, Get, Post, Redirect } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Caller, RequirePermission } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { type ApiKeyChanges, ApiKeysService, editionOf } from '../../api-keys/api-keys.service';
import { Audited } from '../../audit/audited';
import { RefusedOnPage } from '../../auth/pages/refused-on-page';
import { SECTIONS } from '../../auth/pages/sections';
import type { HtmlPage } from '../../http/html-page';
import { problemOf } from '../../http/problem-of';
import { ValidationFailed } from '../../http/problems';
import { IdParam } from '../../http/uuid-param';
import { rateOf } from '../rate-of';
import { backTo, type Onward, ShowsPage } from '../shows-page';
import { apiKeyPage, type ApiKeyView, lastDay } from './api-key-page';
import { ApiKeyTermsFormDto } from './api-keys-forms.dto';
import { NOTHING_TICKED } from './scopes-in';

const { path } = SECTIONS.apiKeys;

/** One API key, for people with a browser. What it does, `PATCH /v1/api-keys/{id}` does as well. */
@ApiExcludeController()
@Controller(`${path}/:id`)
export class ApiKeyPageController {
  constructor(private readonly apiKeys: ApiKeysService) {}

  @Get()
  @RequirePermission('api_keys:read')
  @ShowsPage()
  show(@Caller() caller: UserPrincipal, @IdParam('API key') id: string): Promise<HtmlPage> {
    return this.page(caller, id);
  }

  @Post('terms')
  @Redirect(path, 303)
  @RequirePermission('api_keys:write')
  @Audited('api_key.updated')
  async change(
    @Caller() caller: UserPrincipal,
    @IdParam('API key') id: string,
    @Body() form: ApiKeyTermsFormDto,
  ): Promise<Onward> {
    const changes = changesIn(form, await this.apiKeys.get(id));
    try {
      await this.apiKeys.update(caller, id, changes, form.seen);
    } catch (failure) {
      const problem = problemOf(failure);
      if (problem.code !== 'api_key_changed') throw failure;
      const refused = { typed: form, detail: problem.detail };
      throw new RefusedOnPage(problem, await this.page(caller, id, refused));
    }
    return backTo(path, 'changed');
  }

  private async page(caller: UserPrincipal, id: string, refused?: ApiKeyView['refused']): Promise<HtmlPage> {
    const key = await this.apiKeys.get(id);
    return apiKeyPage(caller, { key, edition: editionOf(key), ...(refused && { refused }) });
  }
}

type Present = Awaited<ReturnType<ApiKeysService['get']>>;

/** What differs from what holds: the same scopes in another order do not, nor the day on which it ends anyway. */
function changesIn(form: ApiKeyTermsFormDto, key: Present): ApiKeyChanges {
  const { name, scopes, until = '', allowedIps } = form;
  if (scopes.length === 0) throw new ValidationFailed([NOTHING_TICKED]);
  const sameScopes =
    scopes.length === key.scopes.length && scopes.every((scope) => key.scopes.includes(scope));
  const end = until === '' ? null : new Date(`${until}T23:59:59Z`);
  return {
    ...{ name, allowedIps, rateLimit: rateOf(form) },
    ...(!sameScopes && { scopes }),
    ...(until !== lastDay(key.expiresAt) && { expiresAt: end }),
  };
}
