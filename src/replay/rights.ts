/**
 * One recorded change of rights, taken once more: looks are made again from the replayed books, writes from the calls as they were
 * booked, and an answer must be the one that was kept with its call. What comes of it is a line in the replayed books, to be compared.
 */

import type { Abilities, StockOp } from '../channel.ts'
import { lookAt, shelfOf } from '../dispatcher/look.ts'
import { changeRights, lockRights } from '../dispatcher/rights.ts'
import type { BookedRow } from '../dispatcher/stock-call.ts'
import { type AccountId, asId, type RegisterId } from '../domain.ts'
import { type Checkouts, type Look, looked, type Rights } from '../planner/rights.ts'
import type { LookedFrom, RightsStep } from '../planner/rights-steps.ts'
import type { Db, RightsChangeTable, Tx } from '../store/tables.ts'

interface RecordedCall {
  readonly row: BookedRow | undefined
  /** What the shop said of it, where its answer has a word for every row. */
  readonly isDone: boolean | undefined
}

type LookAbilities = Pick<Abilities, 'orderListLags'>

/** Throws a sentence when the step cannot have been taken. */
export async function takeAgain(
  tx: Tx,
  recording: Db,
  line: RightsChangeTable,
  abilities: LookAbilities | undefined,
): Promise<void> {
  if (line.step === null) throw new Error('What it followed from was not kept.')
  // Safe: written by changeRights only.
  const kept = JSON.parse(line.step) as RightsStep
  const account = asId<'account'>(line.account)
  const register = asId<'register'>(line.register)
  const locked = await lockRights(tx, account, register)
  const known = { rights: locked?.rights, takenUnits: locked?.takenUnits ?? (await takenOf(tx, account, register)) }
  const call = line.call_key === null ? undefined : await callOf(recording, line.call_key, register)
  const step = await again(tx, account, register, kept, { call, abilities, takenUnits: known.takenUnits })
  const { cause, drift } = causeOf(line.cause, known.rights, step)
  await changeRights(tx, { account, clock: { now: () => line.at }, newId: () => line.id }, register, known, step, {
    cause,
    isNews: true,
    isReclaim: cause === 'acknowledged' && call?.row?.isReclaim === true,
    ...(line.call_key !== null && { callKey: line.call_key }),
    ...(drift !== undefined && { drift }),
  })
}

interface Facts {
  readonly call: RecordedCall | undefined
  readonly abilities: LookAbilities | undefined
  readonly takenUnits: number
}

/** The same step, made of what was there before it instead of what was kept of it. */
async function again(
  tx: Tx,
  account: AccountId,
  register: RegisterId,
  step: RightsStep,
  { call, abilities, takenUnits }: Facts,
): Promise<RightsStep> {
  switch (step.do) {
    case 'book':
      return { ...step, op: call?.row?.op ?? step.op } satisfies { op: StockOp }
    case 'acknowledge':
      if (call?.isDone === false)
        throw new Error('It counts as done, but the answer kept with its call says that it was not.')
      return step
    case 'refuse':
      if (call?.isDone === true)
        throw new Error('It counts as refused, but the answer kept with its call says that it was done.')
      return step
    case 'adopt':
    case 'look':
      return { ...step, look: await lookAgain(tx, account, register, step, abilities, takenUnits) }
    default:
      return step
  }
}

async function lookAgain(
  tx: Tx,
  account: AccountId,
  register: RegisterId,
  { from, checkouts }: { readonly from: LookedFrom; readonly checkouts: Checkouts },
  abilities: LookAbilities | undefined,
  takenUnits: number,
): Promise<Look> {
  if (!abilities) throw new Error('The shop that was looked at is not known.')
  const shelf = await shelfOf(tx, account, register)
  if (shelf?.delivery !== from.delivery)
    throw new Error(
      `The shelf that was judged is of delivery ${from.delivery}, the replayed one of ${shelf?.delivery ?? 'none'}.`,
    )
  const seen = { ...shelf, unknown_committed: from.unknownCommitted }
  const look = await lookAt(
    tx,
    { account, channel: { abilities: { ...abilities, checkouts } } },
    register,
    seen,
    from,
    takenUnits,
  )
  if (!look) throw new Error('An order came and went during the look: nothing can be said of it.')
  return look
}

const causes: Readonly<Record<RightsStep['do'], readonly RightsChangeTable['cause'][]>> = {
  adopt: ['adopted'],
  book: ['booked'],
  reopen: ['booked'],
  acknowledge: ['acknowledged', 'restock'],
  refuse: ['refused'],
  doubt: ['in doubt'],
  move: ['export'],
  suspect: ['in doubt'],
  look: ['looked', 'drift'],
}

function causeOf(
  recorded: RightsChangeTable['cause'],
  rights: Rights | undefined,
  step: RightsStep,
): { cause: RightsChangeTable['cause']; drift?: number } {
  if (step.do === 'look' && rights) {
    const found = looked(rights, step.look, step.checkouts)
    // Fewer than believed are nobody's doing after a loose settlement, which only the process remembers.
    const isTightened = found.verdict === 'drift' && found.byUnits < 0 && recorded === 'looked'
    return found.verdict === 'drift' && !isTightened ? { cause: 'drift', drift: found.byUnits } : { cause: 'looked' }
  }
  const possible = causes[step.do]
  return { cause: possible.includes(recorded) ? recorded : (possible[0] ?? recorded) }
}

async function callOf(recording: Db, key: string, register: RegisterId): Promise<RecordedCall | undefined> {
  const row = await recording
    .selectFrom('call')
    .select(['rows', 'outcome'])
    .where('key', '=', key)
    .where('kind', '=', 'stock')
    .executeTakeFirst()
  if (!row) return undefined
  // Safe: both written by the dispatcher for stock calls only.
  const rows = JSON.parse(row.rows) as BookedRow[]
  const outcome = JSON.parse(row.outcome ?? '{}') as { rows?: { ok: boolean }[] }
  const at = rows.findIndex((one) => one.register === register)
  return { row: rows[at], isDone: outcome.rows && (outcome.rows[at]?.ok ?? false) }
}

async function takenOf(tx: Tx, account: AccountId, register: RegisterId): Promise<number> {
  const row = await tx
    .selectFrom('register_count')
    .select('taken_units')
    .where('account', '=', account)
    .where('register', '=', register)
    .executeTakeFirst()
  return row?.taken_units ?? 0
}
