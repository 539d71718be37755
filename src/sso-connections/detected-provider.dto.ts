import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { DetectedProvider } from './detected-provider';

/** Which product the identity provider is, told by its addresses. */
export class DetectedProviderDto implements DetectedProvider {
  @ApiProperty({ example: 'entra', description: 'The product, as in `provider` of a connection' })
  provider: string;

  @ApiPropertyOptional({ description: "The customer's own number there" })
  tenantId?: string;
}
