/** Returns as people see them: what the shop told, what was inspected of it, and why nobody can inspect it where that is so. */

import { authorityOf, linesOfCase, notHere } from '../../ledger/returns.ts'
import type { Db, OrderHeadTable, ReturnCaseTable, ReturnInspectionTable } from '../../store/tables.ts'

interface LineView {
  readonly line: string
  readonly title: string | null
  readonly units: number
  readonly sellableUnits: number
  readonly damagedUnits: number
  readonly lostUnits: number
}

export interface ReturnView {
  readonly found: ReturnCaseTable
  readonly orderName: string | null
  /** `elsewhere`: it is nothing that is inspected here, for the reason in `why`. */
  readonly state: 'open' | 'inspected' | 'elsewhere'
  readonly why: string | null
  readonly lines: readonly LineView[]
  readonly inspections: readonly ReturnInspectionTable[]
}

export async function viewReturns(db: Db, cases: readonly ReturnCaseTable[]): Promise<ReturnView[]> {
  if (cases.length === 0) return []
  const orders = cases.map(({ order_id }) => order_id)
  const heads = await db.selectFrom('order_head').selectAll().where('order_id', 'in', orders).execute()
  const rows = await db
    .selectFrom('order_line')
    .select(['account', 'order_id', 'line_id', 'title'])
    .where('order_id', 'in', orders)
    .orderBy('listing')
    .execute()
  const inspections = await db
    .selectFrom('return_inspection')
    .selectAll()
    .where('order_id', 'in', orders)
    .orderBy('id')
    .execute()
  const counted = await authorityOf(db)
  return cases.map((found) => {
    const isMine = ({ account, order_id }: { account: string; order_id: string }) =>
      account === found.account && order_id === found.order_id
    const titles = new Map(rows.filter(isMine).map(({ line_id, title }) => [line_id, title]))
    const mine = inspections.filter((one) => isMine(one) && one.return_id === found.return_id)
    return viewOf(found, heads.find(isMine), titles, mine, counted)
  })
}

function viewOf(
  found: ReturnCaseTable,
  head: OrderHeadTable | undefined,
  titles: ReadonlyMap<string, string>,
  inspections: readonly ReturnInspectionTable[],
  counted: string | undefined,
): ReturnView {
  const lines = linesOfCase(found).map(({ line, units }) => {
    const unitsOf = (verdict: ReturnInspectionTable['verdict']) =>
      inspections
        .filter((one) => one.line_id === line && one.verdict === verdict)
        .reduce((sum, one) => sum + one.units, 0)
    return {
      line,
      title: titles.get(line) ?? null,
      units,
      sellableUnits: unitsOf('sellable'),
      damagedUnits: unitsOf('damaged'),
      lostUnits: unitsOf('lost'),
    }
  })
  const trouble = head && notHere({ found, head })
  const isDone = lines.every((one) => one.sellableUnits + one.damagedUnits + one.lostUnits >= one.units)
  const hint =
    counted === undefined
      ? null
      : `The stock is what ${counted} counts. An inspection is kept; put sellable goods back into stock there.`
  return {
    found,
    orderName: head?.name ?? null,
    state: trouble !== undefined ? 'elsewhere' : isDone ? 'inspected' : 'open',
    why: trouble ?? hint,
    lines,
    inspections,
  }
}
