/** Counters and histograms for Prometheus; one registry per program, handed to whoever counts. */

import { Counter, Gauge, Histogram, Registry } from 'prom-client'

export function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  return {
    registry,
    webhooks: new Counter({
      name: 'onhand_webhooks_total',
      help: 'Webhook requests by outcome',
      labelNames: ['outcome'],
      registers,
    }),
    publications: new Histogram({
      name: 'onhand_publication_seconds',
      help: 'From the event in one shop to the acknowledged number in another',
      labelNames: ['account'],
      buckets: [0.25, 0.5, 1, 2, 3, 5, 10, 15, 30, 60, 120, 300, 900],
      registers,
    }),
    due: new Gauge({
      name: 'onhand_due',
      help: 'Intents and fetches that wait for their shop',
      labelNames: ['account'],
      registers,
    }),
    parked: new Gauge({ name: 'onhand_parked', help: 'What waits for a person', labelNames: ['account'], registers }),
    throttled: new Gauge({
      name: 'onhand_throttled_calls',
      help: 'Calls that a shop refused for its rate limit, since the start',
      labelNames: ['account'],
      registers,
    }),
    exposed: new Gauge({
      name: 'onhand_exposed_units',
      help: 'Units that the shops may still sell beyond what there is',
      labelNames: ['policy'],
      registers,
    }),
    breaches: new Counter({
      name: 'onhand_rights_breaches_total',
      help: 'Raises that were withheld because they would have promised more than there is: a fault of the planner',
      labelNames: ['account'],
      registers,
    }),
    inboxWaiting: new Gauge({ name: 'onhand_inbox_waiting', help: 'Deliveries that wait for a commit', registers }),
  }
}

export type Metrics = ReturnType<typeof createMetrics>
