import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Plans } from './plans';
import { RouteDeclarations } from './route-declarations';

@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [RouteDeclarations, Plans],
  exports: [RouteDeclarations, Plans],
})
export class AccessModule {}
