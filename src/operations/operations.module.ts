import { Module } from '@nestjs/common';
import { Metrics } from './metrics';
import { OperationsController } from './operations.controller';

@Module({ controllers: [OperationsController], providers: [Metrics], exports: [Metrics] })
export class OperationsModule {}
