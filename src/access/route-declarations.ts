import { Injectable, type OnModuleInit, RequestMethod } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { PERMISSION, PERSON, PUBLIC, SCIM, SCOPE } from './declarations';

export interface DeclaredRoute {
  readonly name: string;
  readonly method: RequestMethod;
  readonly handler: object;
  readonly controller: object;
  /** The controller's instance, and the name of the handler method on it. */
  readonly instance: object;
  readonly property: string;
}

/** Keeps the service from starting while a route lacks a declaration of who may call it. */
@Injectable()
export class RouteDeclarations implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  onModuleInit(): void {
    const open = this.routes().filter(
      ({ handler, controller }) =>
        ![PUBLIC, PERSON, PERMISSION, SCOPE, SCIM].some(
          (key) => Reflect.hasMetadata(key, handler) || Reflect.hasMetadata(key, controller),
        ),
    );
    if (open.length > 0) {
      throw new Error(
        `These routes do not declare who may enter: ${open.map(({ name }) => name).join(', ')}.`,
      );
    }
  }

  routes(): DeclaredRoute[] {
    return this.discovery.getControllers().flatMap(({ metatype, instance }) => {
      if (!metatype || !instance) return [];
      const prototype = Object.getPrototypeOf(instance) as Record<string, object>;
      return this.scanner
        .getAllMethodNames(prototype)
        .map((name) => ({
          name: `${metatype.name}.${name}`,
          handler: prototype[name]!,
          controller: metatype as object,
          instance: instance as object,
          property: name,
        }))
        .filter(({ handler }) => Reflect.hasMetadata('path', handler))
        .map((route) => ({
          ...route,
          method: Reflect.getMetadata('method', route.handler) as RequestMethod,
        }));
    });
  }
}
