/** What the HTTP side is handed: the books, the accounts, the running engine, and who may ask. */

import type { Accounts } from '../accounts/accounts.ts'
import type { Apps } from '../accounts/apps.ts'
import type { Care } from '../accounts/care.ts'
import type { Installs } from '../accounts/installs.ts'
import type { Privacy } from '../accounts/privacy.ts'
import type { Vault } from '../accounts/vault.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Engine } from '../loops.ts'
import type { Metrics } from '../metrics.ts'
import type { Store } from '../store/index.ts'
import type { Identity } from '../users/identity.ts'

export interface ApiDeps {
  readonly store: Store
  readonly accounts: Accounts
  readonly installs: Installs
  readonly apps: Apps
  readonly care: Care
  readonly privacy: Privacy
  readonly engine: Engine
  readonly clock: Clock
  readonly metrics: Metrics
  readonly identity: Identity
  readonly vault: Vault
  /** Where shops and people reach this server, without a slash at the end. */
  publicUrl(): string
  /** A proxy stands in front and writes `X-Forwarded-For`. */
  readonly trustProxy?: boolean
  readonly log: Log
  /** True from the moment the program was asked to stop. */
  isStopping(): boolean
}
