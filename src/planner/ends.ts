/** How far the books that are planned row by row reach: one small question, built once. */

import { CompiledQuery } from 'kysely'
import type { Db } from '../store/tables.ts'

interface Ends {
  /** The newest stamp of an order, and of a parcel; empty when there is none. */
  readonly order: string
  readonly parcel: string
}

const question = CompiledQuery.raw(`select
  (select coalesce(max(stamp), '') from order_head) as "order",
  (select coalesce(max(stamp), '') from shipment) as "parcel"`)

export async function ends(db: Db): Promise<Ends> {
  const { rows } = await db.executeQuery(question)
  const [row] = rows as Ends[]
  return row ?? { order: '', parcel: '' }
}
