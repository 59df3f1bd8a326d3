/** What a database brings along: how Kysely speaks to it, and the few things that SQL itself does not say. */

import type { Dialect } from 'kysely'
import type { Tx } from './tables.ts'

export interface Backend {
  readonly dialect: Dialect
  /** Keeps every other process away from the schema until the transaction ends. */
  lockSchema(tx: Tx): Promise<void>
  /** True when the database undid a transaction for the sake of another one. */
  isConflict(error: unknown): boolean
  /** Resolves when no statement and no transaction is under way; undefined when none is. */
  idle(): Promise<void> | undefined
  /** Another text as soon as anything was written by anybody, this process or another; undefined where the database cannot say. */
  changes(): string | undefined
}
