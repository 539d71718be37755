import { Module } from '@nestjs/common';
import { MailModule } from '../../mail/mail.module';
import { DeviceWatch } from './device-watch.service';
import { DevicesPersonalData } from './devices-personal-data';
import { Places } from './geo/places.service';
import { KnownDevices } from './known-devices.service';
import { NewDeviceNotice } from './new-device-notice.service';

/** Which browsers and programs people have signed in with. */
@Module({
  imports: [MailModule],
  providers: [Places, KnownDevices, DeviceWatch, NewDeviceNotice, DevicesPersonalData],
  exports: [Places, KnownDevices, DeviceWatch],
})
export class DevicesModule {}
