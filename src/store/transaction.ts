/** Transactions of one process run one after another, on every database alike: the stages read, decide and write without a race. */

import type { Tx } from './tables.ts'

/** A deadlock or a conflict with another process is over as soon as one side gave way; more than this is no coincidence. */
const attemptsMax = 5

export type RunTransaction = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>

/** `isConflict` says that the database undid the transaction for another one's sake, so that doing it again may succeed. */
export function createTransactions(
  db: { transaction(): { execute: RunTransaction } },
  isConflict: (error: unknown) => boolean,
): RunTransaction {
  let last: Promise<unknown> = Promise.resolve()

  async function attempt<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    for (let tried = 1; ; tried++) {
      try {
        return await db.transaction().execute(work)
      } catch (error) {
        if (tried >= attemptsMax || !isConflict(error)) throw error
      }
    }
  }

  return (work) => {
    const run = last.then(() => attempt(work))
    last = run.catch(() => undefined)
    return run
  }
}
