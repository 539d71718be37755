import type { HtmlPage } from '../../http/html-page';
import { Problem } from '../../http/problems';

/** A form that was refused, and knows its own page: with all that stands in it, and what is wrong with what. */
export class RefusedOnPage extends Problem {
  override readonly name = 'RefusedOnPage';

  constructor(
    { status, code, detail, extra }: Problem,
    readonly page: HtmlPage,
  ) {
    super(status, code, detail, extra);
  }
}
