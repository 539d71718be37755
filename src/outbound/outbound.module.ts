import { Module } from '@nestjs/common';
import { OutboundClient } from './outbound.client';

/** Requests to other people's servers: metadata, discovery, keys, tokens. */
@Module({ providers: [OutboundClient], exports: [OutboundClient] })
export class OutboundModule {}
