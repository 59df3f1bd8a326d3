/** A whole small world in one process: three sandbox shops, the engine between them, one clock and one seed. */

import { Hono } from 'hono'
import { connectors } from '../../connectors/index.ts'
import { carrierBook } from '../../mappings/index.ts'
import { markets } from '../../mappings/markets.ts'
import { orderStateTable } from '../../mappings/order-states.ts'
import { type Accounts, createAccounts } from '../../src/accounts/accounts.ts'
import { createVault } from '../../src/accounts/vault.ts'
import { linkListing } from '../../src/catalog/listings.ts'
import { setRule } from '../../src/catalog/rules.ts'
import { addSku } from '../../src/catalog/skus.ts'
import { type Fetch, seededRandom } from '../../src/clock.ts'
import { createPacer } from '../../src/dispatcher/pacer.ts'
import { type AccountId, asId } from '../../src/domain.ts'
import { createDoor } from '../../src/ingress/door.ts'
import { PEOPLE } from '../../src/ledger/manual.ts'
import { createLog, type Log } from '../../src/log.ts'
import { calmRhythm, createEngine, type Engine, type Rhythm } from '../../src/loops.ts'
import {
  calmHooks,
  type HookChaos,
  type SandboxMerchant,
  type SandboxProduct,
  type SandboxShop,
} from '../../src/sandbox/shop.ts'
import { shopifySandbox } from '../../src/sandbox/shopify/index.ts'
import { type TiktokSandbox, tiktokSandbox } from '../../src/sandbox/tiktok-shop/index.ts'
import { type VirtualClock, virtualClock } from '../../src/sandbox/virtual-clock.ts'
import { wooSandbox } from '../../src/sandbox/woocommerce/index.ts'
import { openStore, type Store } from '../../src/store/index.ts'
import { watchCryptoWork } from './crypto-work.ts'

export const origins = {
  shopify: 'https://onhand-demo.myshopify.com',
  woocommerce: 'https://woo.example',
  'tiktok-shop': 'https://tiktok.example',
} as const

/** Work outside is watched, so that few turns without any tell that the world is still. */
const calmTurns = 5

export type PlatformName = keyof typeof origins

export interface World {
  readonly clock: VirtualClock
  readonly store: Store
  readonly accounts: Accounts
  readonly engine: Engine
  readonly shops: Readonly<Record<PlatformName, SandboxShop & SandboxMerchant>> & {
    readonly 'tiktok-shop': TiktokSandbox
  }
  readonly ids: Readonly<Record<PlatformName, AccountId>>
  readonly log: string[]
  /** Lets this much time pass, with everything that happens in it. */
  pass(ms: number): Promise<void>
  /** Runs a promise to its end while time passes, as it would in the world. */
  during<T>(work: Promise<T>): Promise<T>
  /** What a person receives or corrects in Onhand itself. */
  receive(sku: string, units: number): Promise<void>
  /** Links every listing to the sku with the same text; `bundles` says which skus consist of others. */
  linkAll(bundles?: Readonly<Record<string, Readonly<Record<string, number>>>>): Promise<void>
  /** Opens the doors to the network of the shops; false makes every request fail. */
  setNetwork(up: boolean): void
  /** A shop that answers 401 to everything, as after a revoked key. */
  refuse(platform: PlatformName, refuses: boolean): void
  /** Requests that a shop has got from us so far. */
  requests(platform: PlatformName): number
  /** A request at the webhook address of an account, as somebody out there sends it. */
  knock(platform: PlatformName, body: string, headers: Record<string, string>): Promise<Response>
  /** The process dies without a word, with whatever it was doing, and another one starts on the same database file. */
  crash(): Promise<void>
  close(): Promise<void>
}

/** One life of the program. */
interface Process {
  readonly store: Store
  readonly accounts: Accounts
  readonly engine: Engine
  readonly door: Hono
  readonly life: { isAlive: boolean }
}

export interface WorldOptions {
  readonly products: readonly SandboxProduct[]
  readonly seed?: number
  readonly chaos?: HookChaos
  readonly databaseUrl?: string
  /** Which shop ships the others' orders; none by default. */
  readonly shipper?: PlatformName
  readonly holdMs?: number
  /** How numbers are decided; strict by default, as for every merchant. */
  readonly policy?: 'strict' | 'mirror'
  /** What TikTok Shop's buyers pay in; euros by default, as the other shops. */
  readonly tiktokCurrency?: string
  /** How often the engine looks by itself; calm by default. */
  readonly rhythm?: Rhythm
}

export async function createWorld(options: WorldOptions): Promise<World> {
  let opened: Store | undefined
  const hashing = watchCryptoWork()
  const clock = virtualClock(undefined, calmTurns, () => opened?.idle() ?? hashing())
  const random = seededRandom(options.seed ?? 1)
  const lines: string[] = []
  const log: Log = createLog((line) => lines.push(line), clock.now)
  let networkIsUp = true
  const refusing = new Set<PlatformName>()
  const requests = new Map<PlatformName, number>()

  const route: Fetch = async (request) => {
    const url = new URL(request.url)
    if (url.origin === 'https://onhand.example') return await running.door.fetch(request)
    if (!networkIsUp)
      throw new TypeError('fetch failed', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) })
    const name = (Object.keys(origins) as PlatformName[]).find((platform) => origins[platform] === url.origin)
    if (!name) throw new Error(`Nobody answers at ${url.origin}`)
    requests.set(name, (requests.get(name) ?? 0) + 1)
    if (refusing.has(name))
      return new Response(JSON.stringify({ code: 'refused', message: 'The key was revoked.' }), { status: 401 })
    return await shops[name].app.fetch(request)
  }

  const sandbox = { clock, random, fetch: route, chaos: options.chaos ?? calmHooks }
  const shops = {
    shopify: shopifySandbox(sandbox),
    woocommerce: wooSandbox(sandbox, { home: origins.woocommerce }),
    'tiktok-shop': tiktokSandbox(sandbox, {
      holdMs: options.holdMs ?? 3_600_000,
      currency: options.tiktokCurrency ?? 'EUR',
    }),
  }
  const ticking = Object.values(shops)
  for (const product of options.products) for (const shop of Object.values(shops)) shop.addProduct(product)

  async function boot(): Promise<Process> {
    const store = await openStore(options.databaseUrl ?? 'sqlite::memory:', { clock, random })
    opened = store
    const life = { isAlive: true }
    const accounts = createAccounts({
      store,
      vault: await createVault(new Uint8Array(32).fill(7)),
      connectors,
      clock,
      random,
      // A dead process sends nothing more, and hears no answer to what it sent.
      fetch: async (request) => {
        const answer = life.isAlive ? await route(request) : undefined
        return answer && life.isAlive ? answer : await new Promise(() => undefined)
      },
      publicUrl: () => 'https://onhand.example',
      newPacer: () => createPacer(clock),
    })
    const engine = createEngine({
      store,
      accounts,
      clock,
      random,
      log,
      carriers: carrierBook,
      life: { states: orderStateTable, markets },
      rhythm: options.rhythm ?? calmRhythm,
    })
    const verifying = async (id: string) => {
      const account = await accounts.open(id)
      return account && { id: asId<'account'>(id), verify: account.channel.verify }
    }
    const door = new Hono().route(
      '/webhooks',
      createDoor({
        platforms: accounts.platforms,
        account: verifying,
        accountOf: async () => undefined,
        append: (account, delivery) => engine.inbox.append(account, [delivery]),
        count: () => undefined,
      }),
    )
    return { store, accounts, engine, door, life }
  }

  let running = await boot()
  const { accounts } = running
  const ids = {} as Record<PlatformName, AccountId>
  for (const platform of Object.keys(origins) as PlatformName[]) {
    const { shop, credentials, settings } = shops[platform].connection()
    const created = await accounts.create({
      platform,
      title: platform,
      shop,
      origin: origins[platform],
      credentials,
      settings: platform === 'tiktok-shop' ? { ...settings, authOrigin: origins[platform] } : settings,
    })
    if (!created.ok) throw new Error(`${platform}: ${created.field} ${created.reason}`)
    ids[platform] = asId(created.account.id)
  }
  if (options.shipper) {
    for (const platform of Object.keys(origins) as PlatformName[]) {
      if (platform !== options.shipper) await accounts.change(ids[platform], { fulfilledBy: ids[options.shipper] })
    }
  }

  async function during<T>(work: Promise<T>): Promise<T> {
    let done = false
    const watched = work.finally(() => {
      done = true
    })
    watched.catch(() => undefined)
    for (let i = 0; i < 10_000 && !done; i++) await clock.advance(50)
    return await watched
  }

  return {
    clock,
    get store() {
      return running.store
    },
    get accounts() {
      return running.accounts
    },
    get engine() {
      return running.engine
    },
    shops,
    ids,
    log: lines,
    async pass(ms) {
      const until = clock.now() + Math.ceil(ms)
      // From one thing that is due to the next: what nobody waits for takes no time.
      while (clock.now() < until) {
        const next = Math.min(until, clock.nextDue() ?? until, ...ticking.map((shop) => shop.nextTickAt() ?? until))
        await clock.advance(Math.max(0, next - clock.now()))
        for (const shop of ticking) shop.tick()
      }
    },
    during,
    async receive(sku, units) {
      const { engine, store } = running
      const body = JSON.stringify({ kind: 'receive', sku, units, reason: 'delivery' })
      await during(
        engine.inbox
          .append(PEOPLE, [{ source: 'manual', topic: 'stock', key: store.newId(), body }])
          .then(() => engine.ledger.drain()),
      )
    },
    async linkAll(bundles = {}) {
      const { engine, store } = running
      for (const id of Object.values(ids)) {
        const opened = await accounts.open(id)
        await during(opened?.channel.subscriptions.repair() ?? Promise.resolve())
        await during(engine.importAccount(id))
      }
      await store.transaction(async (tx) => {
        await setRule(
          tx,
          { name: 'policy', value: options.policy ?? 'mirror' },
          { now: clock.now(), newId: store.newId },
        )
        for (const { sku, title } of options.products)
          if (!bundles[sku]) await addSku(tx, { sku: asId(sku), title }, clock.now())
        for (const row of await tx.selectFrom('listing').selectAll().execute()) {
          const parts = Object.entries(bundles[row.sku_text ?? ''] ?? { [row.sku_text ?? '']: 1 })
          await linkListing(
            tx,
            asId(row.account),
            asId(row.listing),
            parts.map(([sku, units]) => ({ sku: asId(sku), units })),
            clock.now(),
          )
        }
      })
      await during(engine.settle())
    },
    setNetwork(up) {
      networkIsUp = up
    },
    refuse(platform, refuses) {
      if (refuses) refusing.add(platform)
      else refusing.delete(platform)
    },
    requests: (platform) => requests.get(platform) ?? 0,
    knock: async (platform, body, headers) =>
      await running.door.request(`/webhooks/${ids[platform]}`, { method: 'POST', body, headers }),
    async crash() {
      const dead = running
      dead.life.isAlive = false
      void dead.engine.stop().catch(() => undefined)
      await dead.store.close()
      running = await boot()
    },
    async close() {
      await during(running.engine.stop())
      await running.store.close()
    },
  }
}
