/** Stock writes leave the queue here: planned once more as late as possible, and booked in the same transaction. */

import type { Call, Channel, ComposedCall, StockOp } from '../channel.ts'
import type { Clock, Random } from '../clock.ts'
import { type AccountId, asId, type RegisterId } from '../domain.ts'
import { lockBalancesOf } from '../ledger/locks.ts'
import { reasonOf } from '../log.ts'
import { type StockTarget, urgencies } from '../planner/intents.ts'
import { believedUnits, type OpInFlight, opToward } from '../planner/rights.ts'
import type { Tx } from '../store/tables.ts'
import { bookCall, sendWithinMs } from './calls.ts'
import { acknowledge, fly, park, putBack } from './receipts.ts'

export interface StockContext {
  readonly account: AccountId
  readonly channel: Channel
  readonly clock: Clock
  readonly random: Random
  readonly newId: () => string
}

/** A row of a stock call as it is kept with the call. `rev` is null for a register that is only written along. */
export interface BookedRow {
  readonly register: RegisterId
  readonly rev: number | null
  readonly attempts: number
  readonly op: StockOp
  readonly terms: string
}

export interface TakenCall {
  readonly call: Call
  readonly rows: readonly BookedRow[]
  readonly sendBy: number
}

interface Candidate {
  readonly register: RegisterId
  readonly group: string | null
  readonly rev: number | null
  readonly attempts: number
  readonly target: number
  readonly terms: string
  readonly entitlement: number
  readonly takenUnits: number
  /** Planned away since: nothing is written. */
  readonly isWithdrawn: boolean
}

/** Takes due stock intents of one urgency, plans each write again from what is known now, and books the calls. */
export async function takeStock(tx: Tx, context: StockContext, urgent: boolean): Promise<TakenCall[]> {
  const { account, channel, clock } = context
  const due = await dueRegisters(tx, context, urgent)
  const live = due.filter(({ isWithdrawn }) => !isWithdrawn)
  // Nothing is written there any more: whatever was due or parked has come to its end.
  for (const { register, rev, isWithdrawn } of due)
    if (isWithdrawn && rev !== null) await acknowledge(tx, keyOf(account, register), rev, null, clock.now())
  const candidates = channel.abilities.writesWholeGroup ? await withSiblings(tx, context, live) : live
  // What is decided below is booked against these balances: they stay as they are until the commit.
  const registers = candidates.map(({ register }) => register)
  await lockBalancesOf(tx, account, registers)
  const ops: PlannedOp[] = []
  const groupsWritten = new Set(
    candidates.filter((candidate) => candidate.rev !== null && isChange(candidate)).map(({ group }) => group),
  )
  for (const candidate of candidates) {
    const believed = believedUnits({ entitlement: candidate.entitlement }, candidate.takenUnits)
    const change = opToward(candidate.register, candidate.target, believed, channel.abilities)
    const along: StockOp | undefined =
      candidate.group !== null && channel.abilities.writesWholeGroup && groupsWritten.has(candidate.group)
        ? { register: candidate.register, kind: 'set', to: candidate.target }
        : undefined
    const op = change ?? along
    if (op) ops.push({ op, candidate })
    else if (candidate.rev !== null) await needless(tx, context, candidate.register, candidate.rev)
  }
  if (ops.length === 0) return []
  const composed = await compose(tx, context, ops)
  const taken: TakenCall[] = []
  for (const { call, positions } of composed) {
    const rows = positions.flatMap((position) => {
      const found = ops[position]
      if (!found) return []
      return [
        {
          register: found.candidate.register,
          rev: found.candidate.rev,
          attempts: found.candidate.attempts,
          op: found.op,
          terms: found.candidate.terms,
        },
      ]
    })
    await bookCall(tx, account, call, rows, clock)
    for (const row of rows) await bookRow(tx, context, row, call.key)
    taken.push({ call, rows, sendBy: clock.now() + sendWithinMs })
  }
  return taken
}

interface PlannedOp {
  readonly op: StockOp
  readonly candidate: Candidate
}

/** Composes all at once; when the connector refuses, each alone (or each group), so that one impossible number stops only itself. */
async function compose(tx: Tx, context: StockContext, ops: readonly PlannedOp[]): Promise<readonly ComposedCall[]> {
  const { account, channel, clock, random } = context
  const composed = (some: readonly PlannedOp[]) =>
    channel.compose({ kind: 'stock', ops: some.map(({ op }) => op) }, () => random.uuid())
  try {
    return composed(ops)
  } catch {
    const calls: ComposedCall[] = []
    for (const together of inseparable(ops, channel.abilities.writesWholeGroup)) {
      try {
        for (const { call, positions } of composed(together.map(([, planned]) => planned)))
          calls.push({ call, positions: positions.flatMap((position) => together[position]?.[0] ?? []) })
      } catch (error) {
        for (const [, { candidate }] of together)
          if (candidate.rev !== null)
            await park(tx, keyOf(account, candidate.register), candidate.rev, reasonOf(error), clock.now())
      }
    }
    return calls
  }
}

/** Operations with their positions, split as far as the platform lets them be. */
function inseparable(ops: readonly PlannedOp[], writesWholeGroup: boolean): [number, PlannedOp][][] {
  const together = new Map<string, [number, PlannedOp][]>()
  for (const [position, planned] of ops.entries()) {
    const { group } = planned.candidate
    const key = writesWholeGroup && group !== null ? `group ${group}` : `alone ${position}`
    together.set(key, [...(together.get(key) ?? []), [position, planned]])
  }
  return [...together.values()]
}

const isChange = ({ target, entitlement, takenUnits }: Candidate) =>
  target !== believedUnits({ entitlement }, takenUnits)

export const keyOf = (account: AccountId, register: string) => ({ account, kind: 'stock', subject: register })

async function dueRegisters(tx: Tx, { account, channel, clock }: StockContext, urgent: boolean): Promise<Candidate[]> {
  const rows = await stockRows(tx, account)
    .innerJoin('receipt', (join) =>
      join
        .onRef('receipt.account', '=', 'intent.account')
        .on('receipt.kind', '=', 'stock')
        .onRef('receipt.subject', '=', 'intent.subject'),
    )
    .select(['intent.rev', 'receipt.attempts'])
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
  return rows.map((row) => candidateOf(row, row.rev, row.attempts))
}

/** A platform that wants every register of a group in one write gets the others along, at what they should show anyway. */
async function withSiblings(tx: Tx, { account, clock }: StockContext, due: readonly Candidate[]): Promise<Candidate[]> {
  const groups = [...new Set(due.flatMap(({ group }) => (group === null ? [] : [group])))]
  if (groups.length === 0) return [...due]
  const known = new Set(due.map(({ register }) => register))
  const rows = await stockRows(tx, account)
    .where('listing.register_group', 'in', groups)
    .orderBy('intent.subject')
    .forUpdate('rights')
    .execute()
  // A group of which one register is still being written waits as a whole.
  const busy = new Set(rows.filter(({ op }) => op !== null).map(({ register_group }) => register_group))
  const siblings = rows
    .map((row) => candidateOf(row, null))
    .filter(({ register, isWithdrawn }) => !known.has(register) && !isWithdrawn)
  const isBusy = ({ group }: Candidate) => group !== null && busy.has(group)
  for (const { register, rev } of due.filter(isBusy))
    if (rev !== null) await putBack(tx, keyOf(account, register), clock.now() + groupWaitMs, clock.now())
  return [...due, ...siblings].filter((candidate) => !isBusy(candidate))
}

const groupWaitMs = 1000

const stockRows = (tx: Tx, account: AccountId) =>
  tx
    .selectFrom('intent')
    .innerJoin('rights', (join) =>
      join.onRef('rights.account', '=', 'intent.account').onRef('rights.register', '=', 'intent.subject'),
    )
    .leftJoin('register_count', (join) =>
      join
        .onRef('register_count.account', '=', 'intent.account')
        .onRef('register_count.register', '=', 'intent.subject'),
    )
    .leftJoin(
      (eb) =>
        eb
          .selectFrom('listing')
          .select(['account', 'register', 'register_group'])
          .where('register', 'is not', null)
          .distinct()
          .as('listing'),
      (join) => join.onRef('listing.account', '=', 'intent.account').onRef('listing.register', '=', 'intent.subject'),
    )
    .select([
      'intent.subject',
      'intent.target',
      'intent.terms',
      'rights.entitlement',
      'rights.op',
      'register_count.taken_units',
      'listing.register_group',
    ])
    .where('intent.account', '=', account)
    .where('intent.kind', '=', 'stock')

type StockRow = Awaited<ReturnType<ReturnType<typeof stockRows>['execute']>>[number]

function candidateOf(row: StockRow, rev: number | null, attempts = 0): Candidate {
  // Safe: intents of kind stock are written by the planner's stock file only.
  const target = JSON.parse(row.target) as StockTarget
  return {
    register: asId(row.subject),
    group: row.register_group,
    rev,
    attempts,
    target: target.units,
    terms: row.terms,
    entitlement: row.entitlement,
    takenUnits: row.taken_units ?? 0,
    isWithdrawn: target.withdrawn === true,
  }
}

/** The shop shows it already. The rights say so too, so that a later difference is news to the planner. */
async function needless(tx: Tx, { account, clock }: StockContext, register: RegisterId, rev: number): Promise<void> {
  await acknowledge(tx, keyOf(account, register), rev, null, clock.now())
  await tx
    .updateTable('rights')
    .set((eb) => ({ rev: eb('rev', '+', 1) }))
    .where('account', '=', account)
    .where('register', '=', register)
    .execute()
}

async function bookRow(tx: Tx, { account, clock }: StockContext, row: BookedRow, callKey: string): Promise<void> {
  const op: OpInFlight = { call: callKey, op: row.op, ceiling: 0, sendBy: clock.now() + sendWithinMs }
  await tx
    .updateTable('rights')
    .set({ op: JSON.stringify(op), updated_at: clock.now() })
    .where('account', '=', account)
    .where('register', '=', row.register)
    .execute()
  // One that is only written along has a receipt of its own to come.
  if (row.rev !== null) await fly(tx, keyOf(account, row.register), callKey, clock.now())
}
