/** The parts that connect shops, for stands that put the HTTP side together themselves. */

import type { Accounts } from '../../src/accounts/accounts.ts'
import { createApps } from '../../src/accounts/apps.ts'
import { createCare } from '../../src/accounts/care.ts'
import { createInstalls } from '../../src/accounts/installs.ts'
import { createPrivacy } from '../../src/accounts/privacy.ts'
import type { Vault } from '../../src/accounts/vault.ts'
import type { Connector } from '../../src/channel.ts'
import { type Clock, type Fetch, type Random, seededRandom } from '../../src/clock.ts'
import type { Platform } from '../../src/domain.ts'
import { silentLog } from '../../src/log.ts'
import type { Engine } from '../../src/loops.ts'
import type { Store } from '../../src/store/index.ts'

interface Parts {
  readonly store: Store
  readonly vault: Vault
  readonly accounts: Accounts
  readonly engine: Engine
  readonly clock: Clock
  readonly connectors?: ReadonlyMap<Platform, Connector>
  readonly random?: Random
  readonly fetch?: Fetch
}

export function connectingParts(parts: Parts) {
  const publicUrl = () => 'https://onhand.example'
  const all = {
    connectors: new Map<Platform, Connector>(),
    random: seededRandom(1),
    fetch: () => Promise.reject(new Error('no network here')),
    log: silentLog,
    ...parts,
  }
  const apps = createApps({ ...all, environment: {} })
  const installs = createInstalls({ ...all, apps, publicUrl })
  const care = createCare({ ...all, reconcile: parts.engine.reconcile })
  const privacy = createPrivacy(all)
  return { apps, installs, care, privacy, publicUrl }
}
