/** The whole program from its parts: what `main.ts` starts, and what tests start in their own process. */

import type { Hono } from 'hono'
import { type Accounts, createAccounts } from './accounts/accounts.ts'
import { createApps } from './accounts/apps.ts'
import { type Care, createCare } from './accounts/care.ts'
import { createInstalls } from './accounts/installs.ts'
import { createPrivacy } from './accounts/privacy.ts'
import { readSeals } from './accounts/rotate.ts'
import { createVault } from './accounts/vault.ts'
import { createApp } from './app.ts'
import type { Connector } from './channel.ts'
import type { Clock, Fetch, Random } from './clock.ts'
import { createPacer } from './dispatcher/pacer.ts'
import type { Platform } from './domain.ts'
import type { Given } from './install.ts'
import type { Log } from './log.ts'
import { createEngine, type Engine, type Rhythm } from './loops.ts'
import { createMetrics } from './metrics.ts'
import type { LifeRules } from './planner/life.ts'
import type { CarrierBook } from './planner/tracking-gate.ts'
import { openStore, type Store } from './store/index.ts'
import { createIdentity, type Identity } from './users/identity.ts'

export interface ProgramDeps {
  readonly databaseUrl: string
  readonly secretKey: Uint8Array
  /** Keys that still open what they sealed. */
  readonly oldSecretKeys?: readonly Uint8Array[]
  readonly adminToken: string
  /** A proxy stands in front and writes `X-Forwarded-For`. */
  readonly trustProxy?: boolean
  /** Asked when a shop is connected: the port may be known only after listening. */
  publicUrl(): string
  readonly connectors: ReadonlyMap<Platform, Connector>
  /** Keys of the merchant's own apps, by platform, as far as the environment names them. */
  readonly apps?: Readonly<Record<Platform, Given>>
  readonly carriers: CarrierBook
  readonly life: LifeRules
  readonly clock: Clock
  readonly random: Random
  readonly fetch: Fetch
  readonly log: Log
  readonly rhythm: Rhythm
}

export interface Program {
  readonly app: Hono
  readonly accounts: Accounts
  readonly engine: Engine
  readonly care: Care
  readonly store: Store
  readonly identity: Identity
  /** Takes no more work, lets what is under way end, closes the database. */
  close(): Promise<void>
}

export async function createProgram(deps: ProgramDeps): Promise<Program> {
  const { clock, random, log } = deps
  const store = await openStore(deps.databaseUrl, { clock, random })
  const vault = await createVault(deps.secretKey, deps.oldSecretKeys)
  const { lost } = await readSeals(store.db, vault)
  if (lost > 0)
    log.error('credentials cannot be opened', {
      shops: lost,
      help: 'Put back the SECRET_KEY that sealed them, or give it as SECRET_KEY_OLD.',
    })
  const identity = createIdentity({ store, clock, adminToken: deps.adminToken, secretKey: deps.secretKey })
  const accounts = createAccounts({
    store,
    vault,
    connectors: deps.connectors,
    clock,
    random,
    fetch: deps.fetch,
    publicUrl: deps.publicUrl,
    newPacer: () => createPacer(clock),
  })
  const metrics = createMetrics()
  const engine = createEngine({
    store,
    accounts,
    clock,
    random,
    log,
    carriers: deps.carriers,
    life: deps.life,
    rhythm: deps.rhythm,
    onWithheld: (account) => metrics.breaches.inc({ account }),
  })
  const apps = createApps({
    store,
    vault,
    clock,
    accounts,
    connectors: deps.connectors,
    environment: deps.apps ?? {},
  })
  const installs = createInstalls({
    store,
    vault,
    accounts,
    apps,
    connectors: deps.connectors,
    clock,
    random,
    fetch: deps.fetch,
    publicUrl: deps.publicUrl,
    log,
  })
  const care = createCare({ store, accounts, clock, random, log, reconcile: engine.reconcile })
  const privacy = createPrivacy({ store, clock, connectors: deps.connectors })
  let stopping = false
  const app = createApp({
    store,
    accounts,
    installs,
    apps,
    care,
    privacy,
    publicUrl: deps.publicUrl,
    engine,
    clock,
    metrics,
    identity,
    vault,
    trustProxy: deps.trustProxy ?? false,
    log,
    isStopping: () => stopping,
  })
  return {
    app,
    accounts,
    engine,
    care,
    store,
    identity,
    async close() {
      stopping = true
      await care.stop()
      await engine.stop()
      await store.close()
    },
  }
}
