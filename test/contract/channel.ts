/**
 * The battery that every connector passes against a shop of its platform; see docs/connectors.md for how to run it on one of
 * your own. What a platform cannot do is skipped by name, with the reason that the caller gives.
 */

import { describe, expect, test } from 'vitest'
import { booksBattery } from './books.ts'
import { composeBattery } from './compose.ts'
import { doorBattery } from './door.ts'
import { interpretBattery } from './interpret.ts'
import { networkBattery } from './network.ts'
import { readsBattery } from './reads.ts'
import { type Subject, type Trial, trial } from './subject.ts'
import { subscriptionsBattery } from './subscriptions.ts'
import { writesBattery } from './writes.ts'

export { type Setup, setUp } from './stand.ts'
export type { Skill } from './subject.ts'

export function channelBattery(
  name: string,
  setup: Subject['setup'],
  about: { readonly unknown: Subject['unknown']; readonly cannot?: Subject['cannot'] },
): void {
  const subject: Subject = { name, setup, unknown: about.unknown, cannot: about.cannot ?? {} }
  describe(`${name} as a channel`, () => {
    statements(subject)
    doorBattery(subject)
    interpretBattery(subject)
    readsBattery(subject)
    composeBattery(subject)
    writesBattery(subject)
    networkBattery(subject)
    subscriptionsBattery(subject)
    booksBattery(subject)
  })
}

/** What a channel says of itself must fit what is skipped and be usable as a limit. */
function statements(subject: Subject): void {
  test('states its limits and abilities', () => {
    const { channel, connector, shop }: Trial = trial(subject)
    const { limits, abilities } = channel
    const figures = [
      limits.bucket.capacity,
      limits.bucket.restorePerSecond,
      limits.callsInFlight,
      limits.itemsPerStockCall,
      limits.itemsPerFetch,
      limits.typicalCallCost,
    ]
    expect(figures.every((figure) => Number.isFinite(figure) && figure > 0)).toBe(true)
    expect(abilities.polls).toEqual(expect.arrayContaining(['orders', 'listings', 'stock']))
    for (const skill of ['relativeWrites', 'compareAndSet', 'createsOrders'] as const)
      expect(abilities[skill], `${skill} is skipped with a reason, or tried`).toBe(subject.cannot[skill] === undefined)
    expect(connector.platform).toBe(shop.platform)
    expect(connector.title).not.toBe('')
    expect(connector.credentials.safeParse({}).success, 'nothing is no credentials').toBe(false)
    expect(connector.settings.safeParse({}).success, 'every setting has a default').toBe(true)
  })
}
