import { applyDecorators } from '@nestjs/common';
import { IsString, Matches } from 'class-validator';

const HOST = /^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?\.?$|^[0-9A-Fa-f:.]+$/;

/** Where a syslog server stands. */
export const IsHost = (): PropertyDecorator =>
  applyDecorators(Matches(HOST, { message: 'host must be a host name or an IP address' }), IsString());

/** What a header may say. */
export const IsHeaderValue = (): PropertyDecorator =>
  Matches(/^[\u0020-\u007e]{1,4096}$/, { message: '$property must be 1 to 4096 printable characters' });
