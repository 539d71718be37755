import type { HtmlPage } from '../../http/html-page';
import { Problem } from '../../http/problems';

/** A test sign-in that was refused: whoever reads HTML gets the page that explains it. */
export class TestFailed extends Problem {
  override readonly name = 'TestFailed';

  constructor(
    { status, code, detail }: Pick<Problem, 'status' | 'code' | 'detail'>,
    readonly page: HtmlPage,
  ) {
    super(status, code, detail);
  }
}
