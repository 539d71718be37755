import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config';
import { Keyring } from '../../crypto/keyring';
import { Html } from '../../http/html';
import { type Letter, letterOf, type Notice } from '../notice';

/** What waits: a letter that is written, or a notice that is written when it leaves. */
export type Content = { readonly letter: Letter } | { readonly notice: Notice };

type Stored =
  { readonly letter: Omit<Letter, 'html'> & { readonly html: string } } | { readonly notice: Notice };

/** How mails are kept while they wait: sealed under the key of the installation, because links in them open doors. */
@Injectable()
export class Letters {
  constructor(
    private readonly config: Config,
    private readonly keyring: Keyring,
  ) {}

  /** @param aboutId of the mail: what is sealed opens only beside it */
  seal(content: Content, workspaceId: string, aboutId: string): string {
    const stored: Stored =
      'letter' in content ? { letter: { ...content.letter, html: content.letter.html.text } } : content;
    return this.keyring.seal(JSON.stringify(stored), contextOf(workspaceId, aboutId));
  }

  open(
    sealed: string,
    workspace: { readonly id: string; readonly name: string },
    aboutId: string,
  ): Letter & Pick<Notice, 'tells'> {
    const text = this.keyring.open(sealed, contextOf(workspace.id, aboutId)).toString();
    const content = JSON.parse(text) as Stored;
    if ('letter' in content) {
      const { subject, text, html } = content.letter;
      // It was made by html`` before it was sealed, and nobody else can seal.
      return { subject, text, html: new Html(html) };
    }
    const { key, tells = [] } = content.notice;
    const told = key === undefined ? tells : [...tells, key];
    return { ...letterOf(content.notice, workspace.name, this.config.publicUrl), tells: told };
  }
}

const contextOf = (workspaceId: string, aboutId: string): string => `mails|${workspaceId}|${aboutId}`;
