import { Destination } from '../browser/destination';
import { DiscoverDto } from '../discovery/discovery.dto';
import { LoginDto } from '../password/login.dto';

export class EmailFormDto extends DiscoverDto {
  @Destination()
  destination?: string;
}

export class PasswordFormDto extends LoginDto {
  @Destination()
  destination?: string;
}
