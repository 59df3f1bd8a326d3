/** A stock call between its booking and its answer: what it is for, row by row, and where it is done. */

import type { Call, Channel, StockOp } from '../channel.ts'
import type { Clock, Random } from '../clock.ts'
import type { AccountId, RegisterId } from '../domain.ts'
import type { Log } from '../log.ts'
import type { FactsContext } from '../planner/registers.ts'

export interface StockContext {
  readonly account: AccountId
  readonly channel: Channel
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly newId: () => string
  readonly shop: FactsContext['shop']
  /** A raise was withheld because it would have promised more than there is. */
  readonly onWithheld?: (() => void) | undefined
}

/** A row of a stock call as it is kept with the call. `rev` is null for a register that is only written along. */
export interface BookedRow {
  readonly register: RegisterId
  readonly rev: number | null
  readonly attempts: number
  readonly op: StockOp
  readonly terms: string
  /** It takes units back for other registers. */
  readonly isReclaim: boolean
}

export interface TakenCall {
  readonly call: Call
  readonly rows: readonly BookedRow[]
  readonly sendBy: number
}

export const keyOf = (account: AccountId, register: string) => ({ account, kind: 'stock', subject: register })
