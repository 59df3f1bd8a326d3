/** Which stock intents are due, and which registers a platform wants written with them. */

import type { AccountId, RegisterId } from '../domain.ts'
import { asId } from '../domain.ts'
import { type StockTarget, urgencies } from '../planner/intents.ts'
import type { Tx } from '../store/tables.ts'
import type { StockContext } from './stock-call.ts'

export interface DueRegister {
  readonly register: RegisterId
  readonly group: string | null
  readonly rev: number
  readonly attempts: number
  /** Planned away since: nothing is written. */
  readonly isWithdrawn: boolean
}

export async function dueRegisters(
  tx: Tx,
  { account, channel, clock }: StockContext,
  urgent: boolean,
): Promise<DueRegister[]> {
  const rows = await tx
    .selectFrom('receipt')
    .innerJoin('intent', (join) =>
      join
        .onRef('intent.account', '=', 'receipt.account')
        .on('intent.kind', '=', 'stock')
        .onRef('intent.subject', '=', 'receipt.subject'),
    )
    .innerJoin('rights', (join) =>
      join.onRef('rights.account', '=', 'receipt.account').onRef('rights.register', '=', 'receipt.subject'),
    )
    .select(['intent.subject', 'intent.target', 'intent.rev', 'receipt.attempts'])
    .where('receipt.account', '=', account)
    .where('receipt.kind', '=', 'stock')
    .where('receipt.state', '=', 'due')
    .where('receipt.due_at', '<=', clock.now())
    .where('receipt.urgency', urgent ? '=' : '>=', urgencies.decrease)
    // A write still in doubt keeps others away, but not the end of them all.
    .where((eb) => eb.or([eb('rights.op', 'is', null), eb('intent.target', 'like', '%"withdrawn":true%')]))
    .orderBy('receipt.urgency')
    .orderBy('receipt.due_at')
    .limit(channel.limits.itemsPerStockCall)
    // What another process is taking is being taken.
    .forUpdate(['receipt', 'rights'])
    .skipLocked()
    .execute()
  const groups = await groupOf(
    tx,
    account,
    rows.map(({ subject }) => subject),
  )
  return rows.map(({ subject, target, rev, attempts }) => ({
    register: asId(subject),
    group: groups.get(subject) ?? null,
    rev,
    attempts,
    // Safe: intents of kind stock are written by the planner's stock file only.
    isWithdrawn: (JSON.parse(target) as StockTarget).withdrawn === true,
  }))
}

async function groupOf(tx: Tx, account: AccountId, registers: readonly string[]): Promise<Map<string, string>> {
  if (registers.length === 0) return new Map()
  const rows = await tx
    .selectFrom('listing')
    .select(['register', 'register_group'])
    .distinct()
    .where('account', '=', account)
    .where('register', 'in', registers)
    .where('register_group', 'is not', null)
    .execute()
  return new Map(rows.map(({ register, register_group }) => [register ?? '', register_group ?? '']))
}

interface Group {
  readonly registers: readonly { readonly register: RegisterId; readonly shelfUnits: number | null }[]
  /** One of them is being written, or was and is not settled, or was never looked at: the whole group waits. */
  readonly isBusy: boolean
}

/** The groups of these registers with all their members, where the platform wants groups whole. */
export async function groupsOf(
  tx: Tx,
  { account, channel }: Pick<StockContext, 'account' | 'channel'>,
  due: readonly DueRegister[],
): Promise<Map<string, Group>> {
  const names = [...new Set(due.flatMap(({ group }) => group ?? []))]
  if (!channel.abilities.writesWholeGroup || names.length === 0) return new Map()
  const rows = await tx
    .selectFrom('listing')
    .leftJoin('rights', (join) =>
      join.onRef('rights.account', '=', 'listing.account').onRef('rights.register', '=', 'listing.register'),
    )
    .leftJoin('shelf', (join) =>
      join.onRef('shelf.account', '=', 'listing.account').onRef('shelf.register', '=', 'listing.register'),
    )
    .select(['listing.register', 'listing.register_group', 'rights.op', 'rights.rev', 'shelf.available_units'])
    .where('listing.account', '=', account)
    .where('listing.register_group', 'in', names)
    .where('listing.register', 'is not', null)
    .where('listing.state', '<>', 'deleted')
    .orderBy('listing.register')
    .execute()
  const groups = new Map<string, Group>()
  for (const { register, register_group, op, rev, available_units } of rows) {
    const known = groups.get(register_group ?? '') ?? { registers: [], isBusy: false }
    const isListed = known.registers.some((one) => one.register === register)
    groups.set(register_group ?? '', {
      registers: isListed
        ? known.registers
        : [...known.registers, { register: asId(register ?? ''), shelfUnits: available_units }],
      isBusy: known.isBusy || op !== null || (rev === null && available_units === null),
    })
  }
  return groups
}
