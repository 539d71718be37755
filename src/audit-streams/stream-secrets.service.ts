import { Injectable } from '@nestjs/common';
import { SecretsService } from '../secrets/secrets.service';
import type { AuditStream } from './audit-stream.entity';

/** What a stream keeps encrypted. Nothing of it is ever shown again. */
export interface StreamSecret {
  /** Signs the messages of a webhook. */
  readonly signing?: string;
  /** The one before, while its receiver changes over. */
  readonly previous?: string;
  /** The value of the header Authorization. */
  readonly authorization?: string;
  /** PEM; belongs to the client certificate. */
  readonly clientKey?: string;
}

const PURPOSE = 'audit_stream';

/** The secrets of streams, in the workspace in flight. */
@Injectable()
export class StreamSecrets {
  constructor(private readonly secrets: SecretsService) {}

  store(secret: StreamSecret): Promise<string> {
    return this.secrets.store(PURPOSE, JSON.stringify(secret));
  }

  async open({ secretId }: Pick<AuditStream, 'secretId'>): Promise<StreamSecret> {
    const secret = await this.secrets.reveal(secretId, PURPOSE);
    return JSON.parse(secret.reveal()) as StreamSecret;
  }

  replace({ secretId }: Pick<AuditStream, 'secretId'>, secret: StreamSecret): Promise<void> {
    return this.secrets.replace(secretId, PURPOSE, JSON.stringify(secret));
  }

  /** Once the stream is gone. */
  remove({ secretId }: Pick<AuditStream, 'secretId'>): Promise<void> {
    return this.secrets.remove(secretId);
  }
}
