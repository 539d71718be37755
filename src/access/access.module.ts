import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { RouteDeclarations } from './route-declarations';

@Global()
@Module({ imports: [DiscoveryModule], providers: [RouteDeclarations], exports: [RouteDeclarations] })
export class AccessModule {}
