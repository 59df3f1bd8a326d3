/** What routes and pages share when they link: one action, its plans, and the words for a proposal. */

import { z } from 'zod'
import { type Doubt, type Match, matchedBy } from '../catalog/matching.ts'
import { type LinkAction, type LinkChange, linkInOneGo } from '../catalog/undo.ts'
import { asId } from '../domain.ts'
import type { ApiDeps } from './deps.ts'

const named = { account: z.string(), listing: z.string(), title: z.string() }

export const match = z.object({
  ...named,
  sku: z.string(),
  by: z.enum(matchedBy),
  confidence: z.number().min(0).max(1),
  reason: z.string(),
})

export const doubt = z.object({ ...named, candidates: z.array(z.string()), reason: z.string() })

const namesOf = ({ listing: { account, id, title } }: Match | Doubt) => ({ account, listing: id, title })

export const matchView = (one: Match): z.input<typeof match> => ({
  ...namesOf(one),
  sku: one.sku,
  by: one.by,
  confidence: one.confidence,
  reason: one.reason,
})

export const doubtView = (one: Doubt): z.input<typeof doubt> => ({
  ...namesOf(one),
  candidates: [...one.candidates],
  reason: one.reason,
})

export const changeOf = ({ listing: { account, id }, sku }: Match): LinkChange => ({
  account,
  listing: id,
  parts: [{ sku, units: 1 }],
})

/** Others have their turn between two of them; each stands on its own. */
const listingsPerTransaction = 1000

/** Links as one action, plans what it changes, and settles the orders that waited for it. */
export async function relink(
  { store, clock, engine }: ApiDeps,
  said: Pick<LinkAction, 'what' | 'by'>,
  changes: readonly LinkChange[],
): Promise<void> {
  const action = { id: store.newId(), at: clock.now(), ...said }
  for (let from = 0; from < changes.length; from += listingsPerTransaction) {
    const some = changes.slice(from, from + listingsPerTransaction)
    engine.wake((await store.transaction((tx) => linkInOneGo(tx, action, some))).map((sku) => asId<'sku'>(sku)))
  }
  await engine.ledger.sweep()
}
