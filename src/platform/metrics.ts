import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What a scrape asks for when it comes, so that nothing is kept twice. */
export interface Snapshots {
  /** The verdict of each criterion. */
  verdicts(): Iterable<{ readonly namespace: string; readonly criterion: string; readonly verdict: string }>;
  /** Whether each source answers. */
  sources(): Iterable<{ readonly source: string; readonly up: boolean }>;
  queueDepth(): number;
  storeBytes(): Promise<number>;
}

const LAG_BUCKETS = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.35, 0.5, 1, 2.5, 5, 10, 30, 60];
const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The operator's own metrics. Labels are few and never hold a message. */
export class Metrics {
  readonly registry = new Registry();
  readonly #in = { registers: [this.registry] };
  readonly leader = new Gauge({
    name: 'assay_leader',
    help: 'Whether this process holds the lease: 1 or 0.',
    ...this.#in,
  });
  readonly lag = new Histogram({
    name: 'assay_evaluation_lag_seconds',
    help: 'Time from slot plus evaluation delay until the observation was durable.',
    buckets: LAG_BUCKETS,
    ...this.#in,
  });
  readonly duration = new Histogram({
    name: 'assay_evaluation_duration_seconds',
    help: 'Time that reading the evidence of one slot took.',
    buckets: DURATION_BUCKETS,
    ...this.#in,
  });
  readonly evaluations = new Counter({
    name: 'assay_evaluations_total',
    help: 'Slots judged, by outcome.',
    labelNames: ['outcome'],
    ...this.#in,
  });
  readonly lateSlots = new Counter({
    name: 'assay_late_slots_total',
    help: 'Slots that were not judged in time, by what became of them: read_back or missed.',
    labelNames: ['fate'],
    ...this.#in,
  });
  readonly sourceRequests = new Counter({
    name: 'assay_source_requests_total',
    help: 'Requests to evidence sources, by source and outcome.',
    labelNames: ['source', 'outcome'],
    ...this.#in,
  });
  readonly notificationRequests = new Counter({
    name: 'assay_notification_requests_total',
    help: 'Requests to the platforms of notification channels, by channel and outcome.',
    labelNames: ['channel', 'outcome'],
    ...this.#in,
  });
  readonly undeliveredSteps = new Gauge({
    name: 'assay_escalation_steps_undelivered',
    help: 'Steps of escalation that were due and did not reach their audience in time.',
    labelNames: ['audience'],
    ...this.#in,
  });
  readonly intakeAlerts = new Counter({
    name: 'assay_intake_alerts_total',
    help: 'Alerts that were pushed, by source and outcome: stored, full, store_failed, refused, overloaded, unauthorized.',
    labelNames: ['source', 'outcome'],
    ...this.#in,
  });
  readonly apiRequests = new Counter({
    name: 'assay_kube_requests_total',
    help: 'Requests to the Kubernetes API server, by verb and status code (0: no answer).',
    labelNames: ['verb', 'code'],
    ...this.#in,
  });
  readonly statusWrites = new Counter({
    name: 'assay_status_writes_total',
    help: 'Status writes, by outcome.',
    labelNames: ['outcome'],
    ...this.#in,
  });
  readonly events = new Counter({
    name: 'assay_events_total',
    help: 'Kubernetes Events that the API server has taken, by reason.',
    labelNames: ['reason'],
    ...this.#in,
  });
  readonly storeCommits = new Histogram({
    name: 'assay_store_commit_seconds',
    help: 'Time of one commit of the evidence store.',
    buckets: DURATION_BUCKETS,
    ...this.#in,
  });
  readonly storeFailures = new Counter({
    name: 'assay_store_failures_total',
    help: 'Commits of the evidence store that failed.',
    ...this.#in,
  });

  constructor() {
    // The default of 10 ms is a hundred timers a second: most of what an idle operator would spend.
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: 500 });
  }

  /** Adds what is asked for at each scrape. */
  observe(snapshots: Snapshots): void {
    const gauge = (name: string, help: string, labelNames: string[], collect: (self: Gauge) => void | Promise<void>): void => {
      const self: Gauge = new Gauge({ name, help, labelNames, registers: [this.registry], collect: () => collect(self) });
    };
    gauge(
      'assay_criterion_verdict',
      'The verdict of each criterion: 1 for the one it has.',
      ['namespace', 'criterion', 'verdict'],
      (self) => {
        self.reset();
        for (const labels of snapshots.verdicts()) self.set({ ...labels }, 1);
      },
    );
    gauge('assay_source_up', 'Whether the source answers: 1 or 0.', ['source'], (self) => {
      self.reset();
      for (const { source, up } of snapshots.sources()) self.set({ source }, up ? 1 : 0);
    });
    gauge('assay_queue_depth', 'Criteria that wait to be worked on.', [], (self) => self.set(snapshots.queueDepth()));
    gauge('assay_store_size_bytes', 'Size of the evidence store.', [], async (self) => {
      // Without a size, the other metrics still matter: most of all when the store is broken.
      const bytes = await snapshots.storeBytes().catch(() => undefined);
      if (bytes !== undefined) self.set(bytes);
    });
  }
}
