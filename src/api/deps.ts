/** What the HTTP side is handed: the books, the accounts and the running engine. */

import type { Accounts } from '../accounts/accounts.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Engine } from '../loops.ts'
import type { Metrics } from '../metrics.ts'
import type { Store } from '../store/index.ts'

export interface ApiDeps {
  readonly store: Store
  readonly accounts: Accounts
  readonly engine: Engine
  readonly clock: Clock
  readonly metrics: Metrics
  readonly adminToken: string
  readonly log: Log
  /** True from the moment the program was asked to stop. */
  isStopping(): boolean
}
