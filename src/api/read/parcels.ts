/** What the gate made of each parcel: told, held with its reasons, or nothing to tell; and who overruled it. */

import { z } from 'zod'
import { confirmation } from '../../ledger/manual.ts'
import type { TrackingTarget } from '../../planner/intents.ts'
import type { Db, ShipmentTable } from '../../store/tables.ts'

const reason = z.object({ code: z.string(), sentence: z.string() })
/** What the planner writes beside a tracking intent; older rows say less. */
const terms = z.object({ reasons: z.array(reason).default([]), notes: z.array(reason).default([]) }).catch({
  reasons: [],
  notes: [],
})

export interface ParcelView {
  readonly row: ShipmentTable
  /** `waiting`: there is nothing to tell, or not yet. */
  readonly state: 'waiting' | 'told' | 'held' | 'withdrawn'
  readonly reasons: readonly z.infer<typeof reason>[]
  readonly notes: readonly z.infer<typeof reason>[]
  readonly confirmed: z.infer<typeof confirmation> | null
}

const states = { push: 'told', hold: 'held', withdrawn: 'withdrawn' } as const

export async function viewParcels(db: Db, rows: readonly ShipmentTable[]): Promise<ParcelView[]> {
  if (rows.length === 0) return []
  const subjectOf = (row: ShipmentTable) => `${row.account}/${row.shipment_id}`
  const intents = await db
    .selectFrom('intent')
    .select(['subject', 'target', 'terms'])
    .where('kind', '=', 'tracking')
    .where('subject', 'in', rows.map(subjectOf))
    .execute()
  const bySubject = new Map(intents.map((intent) => [intent.subject, intent]))
  return rows.map((row) => {
    const intent = bySubject.get(subjectOf(row))
    // Safe: the planner is the only writer.
    const target = intent && (JSON.parse(intent.target) as TrackingTarget)
    const { reasons, notes } = terms.parse(intent ? JSON.parse(intent.terms) : {})
    return {
      row,
      state: target ? states[target.kind] : 'waiting',
      reasons,
      notes,
      confirmed: row.confirmed === null ? null : confirmation.parse(JSON.parse(row.confirmed)),
    }
  })
}
