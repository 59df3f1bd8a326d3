/** Whether a sweep can find anything: nothing was written since the last one found nothing, and no plan has asked to be made again. */

import type { Clock } from '../clock.ts'
import type { Reach, Store } from './index.ts'

/** However still the books are, they are looked through this often: what failed for a reason outside them gets its turn again. */
const quietMsMax = 60_000

interface Quiet {
  readonly at: string
  readonly until: number
}

export function createQuiet(store: Store, clock: Clock) {
  const quiet: Partial<Record<Reach, Quiet>> = {}
  return {
    /** True while a sweep of this reach would find what the last one found: nothing. */
    holds(reach: Reach): boolean {
      const since = quiet[reach]
      return since !== undefined && clock.now() < since.until && store.changes() === since.at
    },
    /** A sweep that began at these `changes` has found nothing, and the next plan asks to be made again then. */
    began(reach: Reach, at: string, wakeAt: number): void {
      const found = { at, until: Math.min(wakeAt, clock.now() + quietMsMax) }
      // Who has looked far has looked near.
      if (reach === 'far') quiet.far = found
      quiet.near = found
    },
  }
}
