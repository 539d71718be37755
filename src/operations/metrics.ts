import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Histogram, type Metric, Registry } from 'prom-client';
import { Sealer } from '../audit/seals/sealer.service';
import { Schedule } from '../schedule/schedule';

/**
 * How the process itself does: event loop, memory, garbage. Measured once however many services run in it, as tests do:
 * Node never lets go of what watches the event loop, and each watch wakes up a hundred times a second.
 */
const ofTheProcess = new Registry();
collectDefaultMetrics({ register: ofTheProcess });

/** What Prometheus reads at /metrics. Labels are routes, never ids: their number stays small. */
@Injectable()
export class Metrics {
  private readonly registry = new Registry();
  private readonly requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte read to the answer sent',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [this.registry],
  });

  /** Looking a series up by its labels costs more than the observation. */
  private readonly series = new Map<string, { observe(seconds: number): void }>();

  constructor({ runs, late }: Schedule, { lag }: Sealer) {
    this.registry.registerMetric(runs);
    this.registry.registerMetric(late);
    this.registry.registerMetric(lag);
  }

  /** `route` as it was declared, so that the number of series stays small. */
  observe(method: string, route: string, status: number, seconds: number): void {
    const key = `${method} ${status} ${route}`;
    const series = this.series.get(key) ?? this.requests.labels({ method, route, status: String(status) });
    this.series.set(key, series);
    series.observe(seconds);
  }

  /** A metric of a room above this one. */
  register(metric: Metric): void {
    this.registry.registerMetric(metric);
  }

  async text(): Promise<string> {
    return (await ofTheProcess.metrics()) + (await this.registry.metrics());
  }
}
