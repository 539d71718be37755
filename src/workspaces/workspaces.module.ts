import { Module } from '@nestjs/common';
import { WorkspacePolicyService } from './workspace-policy.service';

@Module({ providers: [WorkspacePolicyService], exports: [WorkspacePolicyService] })
export class WorkspacesModule {}
