/**
 * Taking a copy back puts its units onto the shipping shop's shelf by our doing, while the selling shop has them back as well:
 * they are charged before the cancellation is sent, in the slot of the register's one write.
 */

import type { NewOrderLine, StockOp } from '../channel.ts'
import { MERCHANT, type RegisterId } from '../domain.ts'
import { lockBalances } from '../ledger/locks.ts'
import { createGuard } from '../planner/guard.ts'
import { registerKey } from '../planner/pace.ts'
import { componentsOf, readNeighbourhood } from '../planner/registers.ts'
import type { Tx } from '../store/tables.ts'
import { countsStock } from './authority.ts'
import { sendWithinMs } from './calls.ts'
import type { OrderContext } from './copies.ts'
import { unitsByRegister } from './exports.ts'
import { changeRights, lockRights } from './rights.ts'

export type Restock =
  /** Charged, or nothing to charge: cancel and let the shop put the units back. */
  | { readonly kind: 'restock' }
  /** Not enough is free: cancel and leave the shelf as it is. */
  | { readonly kind: 'noRestock' }
  /** Another write of the register is under way, or units have to become free first. */
  | { readonly kind: 'wait'; readonly reason: string; readonly ms: number }

const busyMs = 1000
const shortMs = 5000

/** Books what a cancellation would put onto the shelves, under the key of its call. */
export async function bookRestock(
  tx: Tx,
  context: OrderContext,
  subject: string,
  lines: readonly NewOrderLine[],
  callKey: string,
): Promise<Restock> {
  const { account, channel, clock, shop } = context
  if (!channel.abilities.createdOrdersTakeStock) return { kind: 'restock' }
  const changes = await unitsByRegister(tx, account, lines)
  const registers = changes.map(([register]) => register)
  const components = await componentsOf(tx, account, registers)
  await lockBalances(tx, components)
  await endClaim(tx, context, subject)
  const { facts, registers: known } = await readNeighbourhood(tx, components, { now: clock.now(), shop })
  const guard = createGuard(facts)
  const writes = changes.flatMap(([register, units]) => {
    const mine = known.get(registerKey(account, register))
    return mine ? [{ mine: mine.facts, op: { register, kind: 'adjust', by: units } satisfies StockOp }] : []
  })
  if (writes.some(({ mine }) => mine.rights.op))
    return { kind: 'wait', reason: 'Its shelf is being written.', ms: busyMs }
  if (!writes.every(({ mine, op }) => guard.admit(mine, op))) {
    // An authority's on-hand count would go down with units that never left.
    if (channel.abilities.cancelsWithoutRestock && !(await countsStock(tx, account))) return { kind: 'noRestock' }
    await claim(tx, context, subject, writes)
    return { kind: 'wait', reason: 'Its units are promised elsewhere; they are taken back there first.', ms: shortMs }
  }
  for (const { mine, op } of writes) {
    const step = { do: 'book', call: callKey, op, sendBy: clock.now() + sendWithinMs } as const
    await changeRights(tx, context, mine.register, mine, step, { cause: 'booked', callKey, isNews: false })
  }
  return { kind: 'restock' }
}

/** The planner takes back from the shops what has to become free. */
async function claim(
  tx: Tx,
  { account }: OrderContext,
  subject: string,
  writes: readonly { mine: { parts: readonly { sku: string; units: number }[] }; op: StockOp }[],
): Promise<void> {
  const units = new Map<string, number>()
  for (const { mine, op } of writes)
    for (const part of mine.parts)
      units.set(part.sku, (units.get(part.sku) ?? 0) + part.units * (op.kind === 'adjust' ? op.by : 0))
  for (const [sku, wanted] of units)
    await tx.insertInto('claim').values({ account, subject, merchant: MERCHANT, sku, units: wanted }).execute()
}

/** What was claimed for this order is claimed no more. */
export const endClaim = async (tx: Tx, { account }: Pick<OrderContext, 'account'>, subject: string): Promise<void> => {
  await tx.deleteFrom('claim').where('account', '=', account).where('subject', '=', subject).execute()
}

/** What became of the cancellation, booked on every register that it was charged to. */
export async function settleRestock(
  tx: Tx,
  context: OrderContext,
  lines: readonly NewOrderLine[],
  callKey: string,
  outcome: 'done' | 'failed' | 'unknown',
): Promise<void> {
  const { account } = context
  for (const [register] of await unitsByRegister(tx, account, lines))
    await settleOne(tx, context, register, callKey, outcome)
}

async function settleOne(
  tx: Tx,
  context: OrderContext,
  register: RegisterId,
  callKey: string,
  outcome: 'done' | 'failed' | 'unknown',
): Promise<void> {
  const { account, channel, clock } = context
  const known = await lockRights(tx, account, register)
  if (known?.rights.op?.call !== callKey) return
  const now = clock.now()
  const { checkouts } = channel.abilities
  if (outcome === 'done') {
    const change = { cause: 'restock', callKey, isNews: true } as const
    await changeRights(tx, context, register, known, { do: 'acknowledge', now, checkouts }, change)
  } else if (outcome === 'failed')
    await changeRights(tx, context, register, known, { do: 'refuse' }, { cause: 'refused', callKey, isNews: true })
  else {
    const change = { cause: 'in doubt', callKey, isNews: false } as const
    await changeRights(tx, context, register, known, { do: 'doubt', now, sendBy: now }, change)
  }
}
