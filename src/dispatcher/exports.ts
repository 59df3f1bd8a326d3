/**
 * What an order that we make or take back does to the registers of the shop that ships. Its units are counted where they were
 * sold; in the shipping shop they are our own write, so they leave the entitlement and are no sale there.
 */

import type { NewOrderLine } from '../channel.ts'
import type { AccountId, RegisterId } from '../domain.ts'
import { asId } from '../domain.ts'
import type { Tx } from '../store/tables.ts'
import type { OrderContext } from './copies.ts'
import { changeRights, lockRights } from './rights.ts'

/** The copy exists: its units came off the shop's own registers by our doing. */
export async function exportLines(tx: Tx, context: OrderContext, lines: readonly NewOrderLine[]): Promise<void> {
  const { account, channel, clock } = context
  if (!channel.abilities.createdOrdersTakeStock) return
  for (const [register, units] of await unitsByRegister(tx, account, lines)) {
    const known = await lockRights(tx, account, register)
    if (!known) continue
    const step = { do: 'move', by: -units, now: clock.now(), checkouts: channel.abilities.checkouts } as const
    await changeRights(tx, context, register, known, step, { cause: 'export', isNews: true })
  }
}

/** Somebody took the copy back in the shop itself: whether its units are on the shelf again, only a look tells. */
export async function lookFirst(tx: Tx, context: OrderContext, lines: readonly NewOrderLine[]): Promise<void> {
  const { account, channel, clock } = context
  if (!channel.abilities.createdOrdersTakeStock) return
  for (const [register, units] of await unitsByRegister(tx, account, lines)) {
    const known = await lockRights(tx, account, register)
    // A write that is under way already is left to end; the look comes after it.
    if (!known || known.rights.op) continue
    const op = { register, kind: 'adjust', by: units } as const
    const step = { do: 'suspect', units, op, now: clock.now() } as const
    await changeRights(tx, context, register, known, step, { cause: 'in doubt', isNews: false })
  }
}

/** Lines that sell from one register are one change of it; registers in id order, so that two transactions never wait in a circle. */
export async function unitsByRegister(
  tx: Tx,
  account: AccountId,
  lines: readonly NewOrderLine[],
): Promise<[RegisterId, number][]> {
  const units = new Map<RegisterId, number>()
  for (const line of lines) {
    const row = await tx
      .selectFrom('listing')
      .select('register')
      .where('account', '=', account)
      .where('listing', '=', line.listing)
      .executeTakeFirst()
    if (row?.register == null) continue
    const register = asId<'register'>(row.register)
    units.set(register, (units.get(register) ?? 0) + line.units)
  }
  return [...units].sort(([a], [b]) => (a < b ? -1 : 1))
}
