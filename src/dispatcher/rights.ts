/** The book of rights: a register's row, and a line of history with the cause of every change and the step that made it. */

import type { Clock } from '../clock.ts'
import type { AccountId, RegisterId } from '../domain.ts'
import { rightsOf } from '../planner/registers.ts'
import { believedUnits, ceilingOf, type Rights } from '../planner/rights.ts'
import { type RightsStep, stepped } from '../planner/rights-steps.ts'
import type { RightsChangeTable, Tx } from '../store/tables.ts'

export interface RightsContext {
  readonly account: AccountId
  readonly clock: Pick<Clock, 'now'>
  readonly newId: () => string
}

export interface KnownRights {
  readonly rights: Rights
  readonly takenUnits: number
  readonly rev: number
}

/** The register's rights, kept from others until the transaction ends; undefined for one whose shelf was never seen. */
export async function lockRights(tx: Tx, account: AccountId, register: RegisterId): Promise<KnownRights | undefined> {
  const row = await tx
    .selectFrom('rights')
    .leftJoin('register_count', (join) =>
      join
        .onRef('register_count.account', '=', 'rights.account')
        .onRef('register_count.register', '=', 'rights.register'),
    )
    .select(['entitlement', 'hold', 'hold_until', 'op', 'pend', 'rev', 'register_count.taken_units'])
    .where('rights.account', '=', account)
    .where('rights.register', '=', register)
    .forUpdate('rights')
    .executeTakeFirst()
  return row && { rights: rightsOf(row), takenUnits: row.taken_units ?? 0, rev: row.rev }
}

export interface Change {
  readonly cause: RightsChangeTable['cause']
  readonly takenUnits: number
  readonly callKey?: string
  /** Units that nothing explains. */
  readonly drift?: number
  /** The planner has to look: what it may sell or shows is another than before. */
  readonly isNews: boolean
  /** It gave units back for others. */
  readonly isReclaim?: boolean
  /** What the rights follow from, with those before it. */
  readonly step?: RightsStep
}

/** Takes a step: what is kept is what the recorded step makes of the rights before it, so that history can be made again from its steps. */
export async function changeRights(
  tx: Tx,
  context: RightsContext,
  register: RegisterId,
  known: { readonly rights: Rights | undefined; readonly takenUnits: number },
  step: RightsStep,
  change: Omit<Change, 'takenUnits' | 'step'>,
): Promise<Rights> {
  const { takenUnits } = known
  const rights = stepped(known.rights, takenUnits, step)
  await keepRights(tx, context, register, rights, { ...change, takenUnits, step })
  return rights
}

/** Writes what a register's rights are now, and why. */
export async function keepRights(
  tx: Tx,
  { account, clock, newId }: RightsContext,
  register: RegisterId,
  rights: Rights,
  change: Change,
): Promise<void> {
  const now = clock.now()
  const row = {
    entitlement: rights.entitlement,
    hold: rights.hold,
    hold_until: rights.holdUntil,
    op: rights.op ? JSON.stringify(rights.op) : null,
    pend: rights.pend ? JSON.stringify(rights.pend) : null,
    updated_at: now,
  }
  await tx
    .insertInto('rights')
    .values({ account, register, ...row, reclaimed_at: change.isReclaim ? now : null, rev: 1 })
    .onConflict((conflict) =>
      conflict.columns(['account', 'register']).doUpdateSet((eb) => ({
        ...row,
        ...(change.isReclaim && { reclaimed_at: now }),
        ...(change.isNews && { rev: eb('rights.rev', '+', 1) }),
      })),
    )
    .execute()
  await tx
    .insertInto('rights_change')
    .values({
      id: newId(),
      account,
      register,
      cause: change.cause,
      entitlement: rights.entitlement,
      hold: rights.hold,
      hold_until: rights.holdUntil,
      ceiling: ceilingOf(rights),
      shown: believedUnits(rights, change.takenUnits),
      taken_units: change.takenUnits,
      drift: change.drift ?? null,
      call_key: change.callKey ?? null,
      step: change.step ? JSON.stringify(change.step) : null,
      at: now,
    })
    .execute()
}
