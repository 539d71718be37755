import { Module } from '@nestjs/common';
import { MailModule } from '../../mail/mail.module';
import { DeviceWatch } from './device-watch.service';
import { DevicesPersonalData } from './devices-personal-data';
import { KnownDevices } from './known-devices.service';
import { NewDeviceNotice } from './new-device-notice.service';

/** Which browsers and programs people have signed in with. */
@Module({
  imports: [MailModule],
  providers: [KnownDevices, DeviceWatch, NewDeviceNotice, DevicesPersonalData],
  exports: [KnownDevices, DeviceWatch],
})
export class DevicesModule {}
