// The same framework as Gatehouse on the same HTTP adapter, answering a constant: the ceiling of what any service
// built on it could answer. ANSWER is the JSON of a real answer of ours, so that both write the same bytes.
import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';

const answer = JSON.parse(process.env.ANSWER);

class ConstantController {
  me() {
    return answer;
  }
}
Controller('v1/auth')(ConstantController);
Get('me')(
  ConstantController.prototype,
  'me',
  Object.getOwnPropertyDescriptor(ConstantController.prototype, 'me'),
);

class ConstantModule {}
Module({ controllers: [ConstantController] })(ConstantModule);

const app = await NestFactory.create(ConstantModule, new FastifyAdapter(), { logger: false });
app.enableShutdownHooks();
await app.listen(Number(process.env.PORT), '127.0.0.1');
