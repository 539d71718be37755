import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config';
import { Forbidden } from '../../http/problems';

/** Where forms that sign somebody in must come from: elsewhere, they could sign people in to somebody else's account. */
@Injectable()
export class OwnOrigin {
  private readonly origin: string;

  constructor({ publicUrl }: Config) {
    this.origin = new URL(publicUrl).origin;
  }

  /** Throws 403 `foreign_origin`. */
  require(origin: string | undefined): void {
    if (origin !== undefined && origin !== this.origin) {
      throw new Forbidden('Sign in on the page of this service.', 'foreign_origin');
    }
  }
}
