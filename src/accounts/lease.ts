/** One process at a time: a lease in the database, taken by compare-and-set, that ends by itself when its holder dies. */

import type { Clock, Random } from '../clock.ts'
import { ChannelError } from '../errors.ts'
import type { Store } from '../store/index.ts'

/** Longer than a renewal of tokens can take: three tries of twenty seconds. */
const leaseMs = 90_000
const lookEveryMs = 250
/** Who waits longer than a dead holder's lease lasts waits for somebody who is stuck. */
const waitMsMax = 2 * leaseMs

export interface Leases {
  /**
   * Runs `work` while nobody else, in this process or another, runs under the same name. Waits its turn;
   * fails as `transient` when that does not come. The lease is not renewed: `work` must be done within 90 seconds.
   */
  hold<T>(name: string, work: () => Promise<T>): Promise<T>
}

export function createLeases(deps: { store: Store; clock: Clock; random: Random }): Leases {
  const { clock, random } = deps
  const { db } = deps.store

  /** One statement, so that of two who try at once one gets it. */
  async function take(name: string, holder: string): Promise<boolean> {
    const now = clock.now()
    const row = { holder, until: now + leaseMs }
    const taken = await db
      .insertInto('lease')
      .values({ name, ...row })
      .onConflict((conflict) => conflict.column('name').doUpdateSet(row).where('lease.until', '<=', now))
      .returning('holder')
      .executeTakeFirst()
    return taken?.holder === holder
  }

  async function wait(name: string, holder: string): Promise<void> {
    const startedAt = clock.monotonic()
    while (!(await take(name, holder))) {
      if (clock.monotonic() - startedAt >= waitMsMax)
        throw new ChannelError('transient', `Another process has held "${name}" for too long; it will be tried again.`)
      await clock.sleep(Math.ceil(lookEveryMs * (0.5 + random.next())))
    }
  }

  return {
    async hold(name, work) {
      const holder = random.uuid()
      await wait(name, holder)
      try {
        return await work()
      } finally {
        // Only if it is still ours: a lease that ran out may be another's by now.
        await db.deleteFrom('lease').where('name', '=', name).where('holder', '=', holder).execute()
      }
    },
  }
}
