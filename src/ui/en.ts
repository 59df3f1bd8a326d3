/** Every text of the pages in English; its shape is what another language has to fill in. */

import type { Meaning } from '../api/read/problems.ts'

export interface Words {
  readonly language: string
  readonly title: string
  readonly subtitle: string
  readonly live: string
  readonly login: {
    readonly heading: string
    readonly token: string
    readonly hint: string
    readonly enter: string
    readonly wrong: string
    readonly tooMany: string
    readonly leave: string
  }
  readonly sections: {
    readonly accounts: string
    readonly latency: string
    readonly orders: string
    readonly problems: string
    readonly skus: string
  }
  readonly columns: Readonly<
    Record<
      | 'shop'
      | 'state'
      | 'due'
      | 'parked'
      | 'oldest'
      | 'lastPoll'
      | 'told'
      | 'half'
      | 'most'
      | 'nearlyAll'
      | 'about'
      | 'reason'
      | 'since'
      | 'sku'
      | 'onHand'
      | 'reserved'
      | 'available'
      | 'shops',
      string
    >
  >
  readonly states: Readonly<Record<'active' | 'paused' | 'broken', string>>
  readonly phases: Readonly<Record<string, string>>
  readonly meanings: Readonly<Record<Meaning, string>>
  readonly none: {
    readonly accounts: string
    readonly orders: string
    readonly problems: string
    readonly skus: string
  }
  readonly verdict: { readonly good: string; readonly waiting: string; readonly trouble: string }
  readonly latencyNote: string
  readonly moreProblems: string
  readonly moreSkus: string
  readonly never: string
  readonly notTold: string
  readonly wants: string
  readonly ago: Readonly<Record<'seconds' | 'minutes' | 'hours' | 'days', string>>
}

export const en: Words = {
  language: 'en',
  title: 'Onhand',
  subtitle: 'One stock, every shop',
  live: 'renews itself every five seconds',
  login: {
    heading: 'Sign in',
    token: 'Admin token',
    hint: 'The ADMIN_TOKEN of this installation; the first start shows it once.',
    enter: 'Sign in',
    wrong: 'This is not the admin token.',
    tooMany: 'Too many tries. Wait a minute and try again.',
    leave: 'Sign out',
  },
  sections: {
    accounts: 'Shops',
    latency: 'From the sale to the other shops, last hour',
    orders: 'Orders',
    problems: 'Problems',
    skus: 'Stock',
  },
  columns: {
    shop: 'Shop',
    state: 'State',
    due: 'Waiting',
    parked: 'Parked',
    oldest: 'Oldest waiting',
    lastPoll: 'Last asked',
    told: 'Updates',
    half: 'p50',
    most: 'p95',
    nearlyAll: 'p99',
    about: 'What',
    reason: 'Why, and what it means',
    since: 'Since',
    sku: 'Sku',
    onHand: 'On hand',
    reserved: 'Reserved',
    available: 'Available',
    shops: 'Last told to the shops',
  },
  states: { active: 'active', paused: 'paused', broken: 'broken' },
  phases: {
    draft: 'draft',
    unpaid: 'unpaid',
    on_hold: 'on hold',
    ready: 'ready',
    partly_shipped: 'partly shipped',
    shipped: 'shipped',
    delivered: 'delivered',
    closed: 'closed',
    cancelled: 'cancelled',
  },
  meanings: {
    account: 'Nothing is read from or told to this shop until it is connected again.',
    notice: 'The shop is still read and told, as far as it lets us. It may stop doing so.',
    order: 'What is unknown reserves no stock and the order waits. Link the listing; the order continues by itself.',
    stock: 'The shop still shows its old number.',
    copy: 'The order is not as it should be in the shop that ships. Look before it is packed.',
    tracking: 'The shop that took the order does not know the parcel, and neither does the buyer.',
    fetch: 'Something the shop announced has not been read; the books may be behind.',
    delivery: 'The message is kept, but what it says is not in the books.',
    counter:
      'It keeps the number it shows, which is no part of what is counted. Link it to say what is sold from there.',
  },
  none: {
    accounts: 'No shop is connected yet.',
    orders: 'No orders yet.',
    problems: 'Nothing waits for you.',
    skus: 'Nothing is counted yet.',
  },
  verdict: { good: 'In sync', waiting: 'Catching up', trouble: 'Needs you' },
  latencyNote: 'Measured from what happened in one shop to the number that another shop acknowledged.',
  moreProblems: 'There are more; the command line lists them all.',
  moreSkus: 'There are more; the command line lists them all.',
  never: 'never',
  notTold: 'not told yet',
  wants: 'to become',
  ago: { seconds: '{n} s ago', minutes: '{n} min ago', hours: '{n} h ago', days: '{n} d ago' },
}
