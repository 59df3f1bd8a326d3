/** Stock writes leave the queue here: planned once more as late as possible, and booked in the same transaction. */

import type { ComposedCall, StockOp } from '../channel.ts'
import type { RegisterId } from '../domain.ts'
import { lockBalances } from '../ledger/locks.ts'
import { reasonOf } from '../log.ts'
import type { Decision, StockTerms } from '../planner/facts.ts'
import { createGuard, type Guard } from '../planner/guard.ts'
import { registerKey } from '../planner/pace.ts'
import { plan } from '../planner/policy.ts'
import { componentsOf, type KnownRegister, type Neighbourhood, readNeighbourhood } from '../planner/registers.ts'
import type { Tx } from '../store/tables.ts'
import { countsStock, withinCount } from './authority.ts'
import { bookCall, sendWithinMs } from './calls.ts'
import { type DueRegister, dueRegisters, groupsOf } from './due-stock.ts'
import { acknowledge, fly, park, putBack } from './receipts.ts'
import { changeRights } from './rights.ts'
import { type BookedRow, keyOf, type StockContext, type TakenCall } from './stock-call.ts'

/** A write that was decided, before it is put into a call. */
interface Write {
  readonly op: StockOp
  readonly group: string | null
  /** Undefined for a register that no sku is linked to: it has no rights to book. */
  readonly known: KnownRegister | undefined
  readonly row: Omit<BookedRow, 'op'>
}

/** Takes due stock intents of one urgency, plans each write again from what is known now, and books the calls. */
export async function takeStock(tx: Tx, context: StockContext, urgent: boolean): Promise<TakenCall[]> {
  const { account, clock } = context
  const due = await dueRegisters(tx, context, urgent)
  // Nothing is written there any more: whatever was due or parked has come to its end.
  for (const { register, rev, isWithdrawn } of due)
    if (isWithdrawn) await acknowledge(tx, keyOf(account, register), rev, null, clock.now())
  const live = due.filter(({ isWithdrawn }) => !isWithdrawn)
  if (live.length === 0) return []
  const groups = await groupsOf(tx, context, live)
  const ready = live.filter(({ group }) => group === null || !groups.get(group)?.isBusy)
  for (const { register } of live.filter((one) => !ready.includes(one)))
    await putBack(tx, keyOf(account, register), clock.now() + groupWaitMs, clock.now())
  const members = [...groups.values()].flatMap(({ registers }) => registers.map(({ register }) => register))
  const around = await lookAround(tx, context, [...ready.map(({ register }) => register), ...members])
  const writes = await decide(tx, context, ready, around)
  return await book(tx, context, withSiblings(context, writes, groups, around))
}

/** A register that must be written together with another one that is still being written waits for it this long. */
const groupWaitMs = 1000

interface Around {
  readonly hood: Neighbourhood
  readonly decisions: ReadonlyMap<string, Decision>
  readonly guard: Guard
}

/** What is decided is booked against these balances: they stay as they are until the commit. */
async function lookAround(
  tx: Tx,
  { account, clock, shop }: StockContext,
  registers: readonly RegisterId[],
): Promise<Around> {
  const components = await componentsOf(tx, account, registers)
  await lockBalances(tx, components)
  const hood = await readNeighbourhood(tx, components, { now: clock.now(), shop })
  const decisions = plan(hood.facts).decisions.map((one) => [registerKey(one.account, one.register), one] as const)
  return { hood, decisions: new Map(decisions), guard: createGuard(hood.facts) }
}

/** The write of each due register, lowers first; one that needs none any more is done. */
async function decide(
  tx: Tx,
  context: StockContext,
  due: readonly DueRegister[],
  { hood, decisions, guard }: Around,
): Promise<Write[]> {
  const { account, log } = context
  const isAuthority = await countsStock(tx, account)
  const wanted = new Map(due.map((one) => [registerKey(account, one.register), one]))
  const writes: Write[] = []
  for (const [key, decision] of decisions) {
    const one = wanted.get(key)
    const known = hood.registers.get(key)
    if (!one || !known || decision.change === 'none') continue
    wanted.delete(key)
    const change = opOf(known, decision.toUnits, decision.shownUnits)
    const op = isAuthority ? withinCount(change) : change
    if (!guard.admit(known.facts, op)) {
      log.error('raise withheld: it would promise more than there is', {
        account,
        register: one.register,
        op: JSON.stringify(op),
      })
      context.onWithheld?.()
      await needless(tx, context, one)
      continue
    }
    const isReclaim = decision.change === 'lower' && decision.why !== 'rule'
    const row = rowOf(one.register, one.rev, one.attempts, decision.terms, isReclaim)
    writes.push({ op, group: one.group, known, row })
  }
  for (const one of wanted.values()) await needless(tx, context, one)
  return writes
}

const rowOf = (
  register: RegisterId,
  rev: number | null,
  attempts: number,
  terms: StockTerms | undefined,
  isReclaim: boolean,
): Write['row'] => ({ register, rev, attempts, terms: JSON.stringify(terms ?? {}), isReclaim })

const opOf = ({ facts: { register, kind } }: KnownRegister, toUnits: number, shownUnits: number): StockOp =>
  kind === 'delta' ? { register, kind: 'adjust', by: toUnits - shownUnits } : { register, kind: 'set', to: toUnits }

/**
 * A platform that wants every register of a group in one write gets the others along: at what they are to show, if there is
 * enough for it, or else at less, since a number written again may be sold twice. One that no sku is linked to keeps what it shows.
 */
function withSiblings(
  { account, channel }: StockContext,
  writes: readonly Write[],
  groups: Awaited<ReturnType<typeof groupsOf>>,
  { hood, decisions, guard }: Around,
): Write[] {
  if (!channel.abilities.writesWholeGroup) return [...writes]
  const written = new Set(writes.map(({ row }) => row.register))
  const along: Write[] = []
  for (const group of new Set(writes.flatMap(({ group: name }) => name ?? [])))
    for (const { register, shelfUnits } of groups.get(group)?.registers ?? []) {
      if (written.has(register)) continue
      const key = registerKey(account, register)
      const known = hood.registers.get(key)
      const shown = decisions.get(key)?.shownUnits ?? 0
      const to = known ? Math.max(0, Math.min(shown, guard.free(known.facts))) : Math.max(0, shelfUnits ?? 0)
      const op: StockOp = { register, kind: 'set', to }
      if (known) guard.admit(known.facts, op)
      along.push({ op, group, known, row: rowOf(register, null, 0, decisions.get(key)?.terms, false) })
    }
  return [...writes, ...along]
}

/** Composes the calls and books every one with the rights it charges. */
async function book(tx: Tx, context: StockContext, writes: readonly Write[]): Promise<TakenCall[]> {
  if (writes.length === 0) return []
  const { account, clock } = context
  const taken: TakenCall[] = []
  for (const { call, positions } of await compose(tx, context, writes)) {
    const mine = positions.flatMap((position) => writes[position] ?? [])
    const rows = mine.map(({ op, row }): BookedRow => ({ ...row, op }))
    const sendBy = clock.now() + sendWithinMs
    await bookCall(tx, account, call, rows, clock)
    for (const write of mine) await bookWrite(tx, context, write, call.key, sendBy)
    taken.push({ call, rows, sendBy })
  }
  return taken
}

async function bookWrite(
  tx: Tx,
  context: StockContext,
  { op, known, row }: Write,
  callKey: string,
  sendBy: number,
): Promise<void> {
  const { account, clock } = context
  if (known) {
    const step = { do: 'book', call: callKey, op, sendBy } as const
    await changeRights(tx, context, row.register, known.facts, step, { cause: 'booked', callKey, isNews: false })
  }
  // One that is only written along has a receipt of its own to come.
  if (row.rev !== null) await fly(tx, keyOf(account, row.register), callKey, clock.now())
}

/** Composes all at once; when the connector refuses, each alone (or each group), so that one impossible number stops only itself. */
async function compose(tx: Tx, context: StockContext, writes: readonly Write[]): Promise<readonly ComposedCall[]> {
  const { account, channel, clock, random } = context
  const composed = (some: readonly Write[]) =>
    channel.compose({ kind: 'stock', ops: some.map(({ op }) => op) }, () => random.uuid())
  try {
    return composed(writes)
  } catch {
    const calls: ComposedCall[] = []
    for (const together of inseparable(writes, channel.abilities.writesWholeGroup)) {
      try {
        for (const { call, positions } of composed(together.map(([, write]) => write)))
          calls.push({ call, positions: positions.flatMap((position) => together[position]?.[0] ?? []) })
      } catch (error) {
        for (const [, { row }] of together)
          if (row.rev !== null) await park(tx, keyOf(account, row.register), row.rev, reasonOf(error), clock.now())
      }
    }
    return calls
  }
}

/** Writes with their positions, split as far as the platform lets them be. */
function inseparable(writes: readonly Write[], writesWholeGroup: boolean): [number, Write][][] {
  const together = new Map<string, [number, Write][]>()
  for (const [position, write] of writes.entries()) {
    const key = writesWholeGroup && write.group !== null ? `group ${write.group}` : `alone ${position}`
    together.set(key, [...(together.get(key) ?? []), [position, write]])
  }
  return [...together.values()]
}

/** There is nothing to write any more. The rights say so too, so that a later difference is news to the planner. */
async function needless(
  tx: Tx,
  { account, clock }: StockContext,
  { register, rev }: Pick<DueRegister, 'register' | 'rev'>,
): Promise<void> {
  await acknowledge(tx, keyOf(account, register), rev, null, clock.now())
  await tx
    .updateTable('rights')
    .set((eb) => ({ rev: eb('rev', '+', 1) }))
    .where('account', '=', account)
    .where('register', '=', register)
    .execute()
}
