import { Module } from '@nestjs/common';
import { DevicesPersonalData } from './devices-personal-data';
import { KnownDevices } from './known-devices.service';

/** Which browsers people have signed in from. */
@Module({ providers: [KnownDevices, DevicesPersonalData], exports: [KnownDevices] })
export class DevicesModule {}
