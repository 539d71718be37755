import { Body, Controller, Get, Param, Post, Query, Redirect } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Caller, OutsideTransaction, RequirePermission } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { SECTIONS } from '../../auth/pages/sections';
import { queryOf, withWarnings } from '../../auth/setup/change-warnings';
import { secretEndWarnings } from '../../auth/setup/secret-end';
import { TAKEN_OVER } from '../../auth/setup/setup-pages';
import { inputOf, ProviderForm } from '../../auth/setup/provider-form';
import { Database } from '../../database/database';
import type { HtmlPage } from '../../http/html-page';
import { IdParam } from '../../http/uuid-param';
import { vendorOf } from '../../sso-connections/diagnosis/vendor-consoles';
import type { Seen } from '../../sso-connections/connection-admin.service';
import { SetupViews } from '../../sso-connections/setup-links/setup-view.service';
import { SetupWork } from '../../sso-connections/setup-links/setup-work.service';
import { noticeOf } from '../frame';
import { type Onward, ShowsPage } from '../shows-page';
import { attemptPage, connectionPage, pageOf } from './connection-page';
import {
  AttributesFormDto,
  ConnectionQuery,
  MessagesFormDto,
  NameFormDto,
  OidcSignInsFormDto,
  SignInsFormDto,
} from './connections-forms.dto';

const { path } = SECTIONS.connections;

const DONE = {
  taken: TAKEN_OVER,
  saved: 'Saved. A test sign-in shows what is read so.',
  named: 'Saved.',
  demanded: 'Saved. A test sign-in shows whether it is fulfilled.',
  key: 'Made. Give the provider its address, which stands in step 1 now; then choose it in step 2, under “More settings”.',
  next: 'Made: it is published beside the one that signs. Let the identity provider learn it; then sign with it.',
  signs:
    'Requests are signed with it from now on. A test sign-in shows whether the identity provider knows it.',
  gone: 'Taken away.',
  exchanged: 'Saved. A test sign-in shows whether the identity provider goes along with it.',
  restored: 'The earlier settings are back, as a revision of their own.',
  changed: 'Read: it says something new, which is the next version of the settings.',
  unchanged: 'Read: it says what it said before.',
  unsigned: 'Metadata need not be signed any more.',
} as const;

/** Whose change of what it is, and what is said after it. */
interface Change {
  readonly caller: UserPrincipal;
  readonly id: string;
  readonly done: keyof typeof DONE;
  readonly warned?: readonly { readonly code: string }[];
  /** What the page showed. */
  readonly seen: Seen;
}

/** The page of one connection: its set-up by an admin, and who came in by it or did not. */
@ApiExcludeController()
@Controller(`${path}/connections/:id`)
export class ConnectionPageController {
  constructor(
    private readonly database: Database,
    private readonly views: SetupViews,
    private readonly work: SetupWork,
  ) {}

  @Get()
  @RequirePermission('sso:write')
  @ShowsPage()
  async show(
    @Caller() caller: UserPrincipal,
    @IdParam('Connection') id: string,
    @Query() { done, warned }: ConnectionQuery,
  ): Promise<HtmlPage> {
    return connectionPage(caller, withWarnings(await this.views.whole(id), warned), noticeOf(DONE, done));
  }

  /** The last part of the path tells the forms apart, for whoever has to send one again. */
  @Post('set-up/:form')
  @Redirect(path, 303)
  @OutsideTransaction()
  @RequirePermission('sso:write')
  @Audited('sso_connection.updated')
  async describe(
    @Caller() caller: UserPrincipal,
    @IdParam('Connection') id: string,
    @Body() form: ProviderForm,
  ): Promise<Onward> {
    const warned = secretEndWarnings(form);
    const seen = { issuer: form.knownIssuer, revision: form.seen };
    const change = { caller, id, done: 'taken', warned, seen } as const;
    return this.change(change, inputOf(form, new Date()));
  }

  /** Which attributes are read. */
  @Post('attributes/:form')
  @Redirect(path, 303)
  @OutsideTransaction()
  @RequirePermission('sso:write')
  @Audited('sso_connection.updated')
  async readFrom(
    @Caller() caller: UserPrincipal,
    @IdParam('Connection') id: string,
    @Body() { seen, ...attributeMapping }: AttributesFormDto,
  ): Promise<Onward> {
    const change = { caller, id, done: 'saved', seen: { revision: seen } } as const;
    return this.change(change, { attributeMapping });
  }

  /** Whoever keeps the product keeps it as it was written, which may be in other words. */
  @Post('name')
  @Redirect(path, 303)
  @OutsideTransaction()
  @RequirePermission('sso:write')
  @Audited('sso_connection.updated')
  async call(
    @Caller() caller: UserPrincipal,
    @IdParam('Connection') id: string,
    @Body() { name, provider, seen }: NameFormDto,
  ): Promise<Onward> {
    const { connection } = await this.database.inWorkspace(caller.workspaceId, () => this.views.whole(id));
    const isOther = provider !== vendorOf(connection.provider);
    const change = { caller, id, done: 'named', seen: { revision: seen } } as const;
    return this.change(change, { name, ...(isOther && { provider }) });
  }

  /** What is demanded of sign-ins by SAML. */
  @Post('sign-ins')
  @Redirect(path, 303)
  @OutsideTransaction()
  @RequirePermission('sso:write')
  @Audited('sso_connection.updated')
  async demand(
    @Caller() caller: UserPrincipal,
    @IdParam('Connection') id: string,
    @Body() { signed, forceAuthn, allowIdpInitiated, classRefs, comparison, seen }: SignInsFormDto,
  ): Promise<Onward> {
    const saml = {
      ...{ signed, forceAuthn: forceAuthn === 'on', allowIdpInitiated: allowIdpInitiated === 'on' },
      requestedAuthnContext: classRefs.length > 0 ? { classRefs, ...(comparison && { comparison }) } : null,
    };
    return this.change({ caller, id, done: 'demanded', seen: { revision: seen } }, { saml });
  }

  /** And by OpenID Connect. */
  @Post('sign-ins/oidc')
  @Redirect(path, 303)
  @OutsideTransaction()
  @RequirePermission('sso:write')
  @Audited('sso_connection.updated')
  async demandOfOidc(
    @Caller() caller: UserPrincipal,
    @IdParam('Connection') id: string,
    @Body() { maxAge, prompt, acrValues, acrRequired, seen }: OidcSignInsFormDto,
  ): Promise<Onward> {
    const oidc = {
      ...{ maxAge: maxAge ?? null, prompt: prompt ?? null },
      ...{ acrValues, acrRequired: acrRequired === 'on' },
    };
    return this.change({ caller, id, done: 'demanded', seen: { revision: seen } }, { oidc });
  }

  /** How messages of SAML look and travel. */
  @Post('messages')
  @Redirect(path, 303)
  @OutsideTransaction()
  @RequirePermission('sso:write')
  @Audited('sso_connection.updated')
  async exchange(
    @Caller() caller: UserPrincipal,
    @IdParam('Connection') id: string,
    @Body() { nameIdFormat, requestBinding, signRequests, allowWeakEncryption, seen }: MessagesFormDto,
  ): Promise<Onward> {
    const saml = {
      ...{ nameIdFormat: nameIdFormat ?? null, requestBinding },
      ...{ signRequests: signRequests === 'on', allowWeakEncryption: allowWeakEncryption === 'on' },
    };
    return this.change({ caller, id, done: 'exchanged', seen: { revision: seen } }, { saml });
  }

  @Post('signed-metadata/end')
  @Redirect(path, 303)
  @OutsideTransaction()
  @RequirePermission('sso:write')
  @Audited('sso_connection.updated')
  async endSignedMetadata(
    @Caller() caller: UserPrincipal,
    @IdParam('Connection') id: string,
  ): Promise<Onward> {
    const change = { caller, id, done: 'unsigned', seen: {} } as const;
    return this.change(change, { saml: { metadataCertificates: [] } });
  }

  @Get('attempts/:attemptId')
  @RequirePermission('sso:read')
  @ShowsPage()
  async attempt(
    @Caller() caller: UserPrincipal,
    @IdParam('Connection') id: string,
    @Param('attemptId') attemptId: string,
  ): Promise<HtmlPage> {
    return attemptPage(caller, id, await this.views.anyAttempt(id, attemptId));
  }

  /**
   * Goes back to the page itself: whoever loads it again, to see a test listed, must not send a secret once more, which
   * would be another version that nobody tested, or undo what somebody else has changed meanwhile.
   */
  private async change(
    { caller: { workspaceId }, id, done, warned = [], seen }: Change,
    changes: object,
  ): Promise<Onward> {
    const warnings = (await this.work.describeByAdmin(workspaceId, id, changes, seen)) ?? [];
    return { url: `${pageOf(id)}?${queryOf(done, [...warnings, ...warned])}` };
  }
}
