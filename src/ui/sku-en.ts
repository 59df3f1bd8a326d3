/** The texts about what is shown of a sku and why, in English; its shape is what another language has to fill in. */

export interface SkuWords {
  readonly back: string
  readonly now: string
  readonly past: string
  readonly show: string
  readonly atHint: string
  readonly wrongAt: string
  readonly future: string
  readonly before: string
  readonly unknown: string
  readonly counters: string
  readonly noCounters: string
  readonly term: string
  readonly units: string
  readonly why: string
  readonly orders: string
  readonly order: string
  readonly noOrders: string
  readonly rules: string
  readonly rule: string
  readonly value: string
  readonly about: string
  readonly all: string
  readonly until: string
  readonly by: string
  readonly noRules: string
  readonly rulesHint: string
  readonly movements: string
  readonly what: string
  readonly protected: string
  readonly exposed: string
  readonly drift: string
  readonly driftNote: string
  readonly shelf: string
  readonly likely: string
  readonly when: string
  readonly moreDrift: string
}

export const skuEn: SkuWords = {
  back: 'To the status page',
  now: 'As it is now.',
  past: 'As it was at {at}.',
  show: 'Show',
  atHint: 'At this moment (UTC)',
  wrongAt: 'This is no moment. Write it like 2026-06-15T18:00.',
  future: 'Only what was can be explained, not what will be.',
  before: 'It was added at {at}; there is nothing to explain before.',
  unknown: 'There is no sku of this name.',
  counters: 'Why every counter shows what it shows',
  noCounters: 'Nothing sells it.',
  term: 'Term',
  units: 'Units',
  why: 'Why',
  orders: 'Reserved by',
  order: 'Order',
  noOrders: 'No order waits for it.',
  rules: 'Rules that hold',
  rule: 'Rule',
  value: 'Value',
  about: 'About',
  all: 'everything',
  until: 'Until',
  by: 'By',
  noRules: 'No rule is about it: what is shown follows from stock and demand alone.',
  rulesHint: 'Set by',
  movements: 'Movements, newest first',
  what: 'What',
  protected: 'Protected',
  exposed: 'Not yet protected: {n} units exposed',
  drift: 'Shelves that were not as believed, last day',
  driftNote: 'Nothing of this waits for you; it says who else writes stock.',
  shelf: 'Shelf',
  likely: 'What most likely did it, and what Onhand did',
  when: 'When',
  moreDrift: 'There are more; the JSON API lists them all.',
}
