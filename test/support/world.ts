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
import type { ShopOptions } from '../../src/sandbox/shopify/options.ts'
import { type TiktokSandbox, tiktokSandbox } from '../../src/sandbox/tiktok-shop/index.ts'
import type { TiktokOptions } from '../../src/sandbox/tiktok-shop/options.ts'
import { type VirtualClock, virtualClock } from '../../src/sandbox/virtual-clock.ts'
import { wooSandbox } from '../../src/sandbox/woocommerce/index.ts'
import type { WooOptions } from '../../src/sandbox/woocommerce/options.ts'
import { openStore, type Store } from '../../src/store/index.ts'
import type { Db } from '../../src/store/tables.ts'
import { watchCryptoWork } from './crypto-work.ts'
import { type AtPoint, createLife, type Life, mutedWith, portsOf, skewed } from './lives.ts'

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
  /** The books themselves: they stay when a process dies. */
  readonly books: Db
  /** The process dies without a word, with whatever it was doing, and another one starts on the same database file. */
  crash(): Promise<void>
  /** The process has died at one of its points, and no other one was started. */
  isDown(): boolean
  /** Another process starts on the same database, whatever the one before it is doing: `end` ends that one. */
  restart(): Promise<{ end(): void }>
  close(): Promise<void>
}

/** One life of the program. */
interface Process {
  readonly store: Store
  readonly accounts: Accounts
  readonly engine: Engine
  readonly door: Hono
  readonly life: Life
}

/** Sees every request of the program to a shop, and decides how it travels; `forward` lets the shop answer it. */
export type Network = (
  platform: PlatformName,
  request: Request,
  forward: (request: Request) => Promise<Response>,
) => Promise<Response>

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
  /** What differs from an ordinary sandbox shop. */
  readonly shopOptions?: {
    readonly shopify?: Partial<ShopOptions>
    readonly woocommerce?: Partial<Omit<WooOptions, 'home'>>
    readonly 'tiktok-shop'?: Partial<TiktokOptions>
  }
  /** Settings of the accounts beyond what the shops' own pages give. */
  readonly settings?: Partial<Record<PlatformName, Readonly<Record<string, unknown>>>>
  /** How far a shop's clock is ahead of ours. */
  readonly skewMs?: Partial<Record<PlatformName, number>>
  readonly network?: Network
  /** Sees every webhook on its way to us. */
  onHook?(platform: PlatformName, hook: { readonly body: string; readonly headers: Record<string, string> }): void
  /** Asked at every point of a process. One that is given keeps the database open when a process dies. */
  readonly at?: AtPoint
}

export async function createWorld(options: WorldOptions): Promise<World> {
  let opened: Store | undefined
  let kept: Store | undefined
  const hashing = watchCryptoWork()
  const clock = virtualClock(undefined, calmTurns, () => opened?.idle() ?? hashing())
  const worldClock = clock
  const random = seededRandom(options.seed ?? 1)
  const lines: string[] = []
  const worldLog: Log = createLog((line) => lines.push(line), clock.now)
  let networkIsUp = true
  const refusing = new Set<PlatformName>()
  const requests = new Map<PlatformName, number>()

  const route: Fetch = async (request) => {
    const url = new URL(request.url)
    if (url.origin === 'https://onhand.example') return await receive(request)
    if (!networkIsUp)
      throw new TypeError('fetch failed', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) })
    const name = (Object.keys(origins) as PlatformName[]).find((platform) => origins[platform] === url.origin)
    if (!name) throw new Error(`Nobody answers at ${url.origin}`)
    requests.set(name, (requests.get(name) ?? 0) + 1)
    if (refusing.has(name))
      return new Response(JSON.stringify({ code: 'refused', message: 'The key was revoked.' }), { status: 401 })
    const forward = async (one: Request) => await shops[name].app.fetch(one)
    return await (options.network?.(name, request, forward) ?? forward(request))
  }

  async function receive(request: Request): Promise<Response> {
    if (!running.life.isAlive) throw new TypeError('fetch failed')
    if (options.onHook) {
      const platform = platformOf(request)
      const body = await request.clone().text()
      if (platform) options.onHook(platform, { body, headers: Object.fromEntries(request.headers) })
    }
    return await running.door.fetch(request)
  }

  const platformOf = ({ url }: Request) =>
    (Object.keys(origins) as PlatformName[]).find((platform) => url.endsWith(`/${ids[platform]}`))

  const chaos = options.chaos ?? calmHooks
  const sandbox = (platform: PlatformName) => ({
    clock: skewed(clock, options.skewMs?.[platform] ?? 0),
    random,
    fetch: route,
    chaos,
  })
  const shops = {
    shopify: shopifySandbox(sandbox('shopify'), options.shopOptions?.shopify),
    woocommerce: wooSandbox(sandbox('woocommerce'), {
      ...options.shopOptions?.woocommerce,
      home: origins.woocommerce,
    }),
    'tiktok-shop': tiktokSandbox(sandbox('tiktok-shop'), {
      holdMs: options.holdMs ?? 3_600_000,
      currency: options.tiktokCurrency ?? 'EUR',
      ...options.shopOptions?.['tiktok-shop'],
    }),
  }
  const ticking = Object.values(shops)
  /** When a shop moves by itself next, by our clock. */
  const tickAt = (platform: PlatformName) => {
    const at = shops[platform].nextTickAt()
    return at === undefined ? Infinity : at - (options.skewMs?.[platform] ?? 0)
  }
  for (const product of options.products) for (const shop of Object.values(shops)) shop.addProduct(product)

  async function boot(): Promise<Process> {
    const base = kept ?? (await openStore(options.databaseUrl ?? 'sqlite::memory:', { clock: worldClock, random }))
    opened = base
    const life: Life = createLife(worldClock)
    const { at } = options
    if (at) kept = base
    const { store, clock, fetch } = at
      ? portsOf(life, { store: base, clock: worldClock, fetch: route }, at)
      : { store: base, clock: worldClock, fetch: route }
    const log = at ? { ...worldLog, ...mutedWith(life, worldLog) } : worldLog
    const accounts = createAccounts({
      store,
      vault: await createVault(new Uint8Array(32).fill(7)),
      connectors,
      clock,
      random,
      // A dead process sends nothing more, and hears no answer to what it sent.
      fetch: async (request) => {
        const answer = life.isAlive ? await fetch(request) : undefined
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

  /** Ends a process where it stands; what it waits for never comes. */
  function end({ life, engine }: Process): void {
    life.isAlive = false
    void engine.stop().catch(() => undefined)
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
      settings: {
        ...settings,
        ...(platform === 'tiktok-shop' && { authOrigin: origins[platform] }),
        ...options.settings?.[platform],
      },
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
        const next = Math.min(until, clock.nextDue() ?? until, ...(Object.keys(origins) as PlatformName[]).map(tickAt))
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
          { name: 'policy', value: options.policy ?? 'strict' },
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
    get books() {
      return opened?.db ?? running.store.db
    },
    async crash() {
      const dead = running
      end(dead)
      if (!kept) await dead.store.close()
      running = await boot()
    },
    isDown: () => !running.life.isAlive,
    async restart() {
      const former = running
      if (!former.life.isAlive) end(former)
      running = await boot()
      return { end: () => end(former) }
    },
    async close() {
      // What died or waits at a point never comes to its end.
      if (kept) end(running)
      else await during(running.engine.stop())
      await (kept ?? running.store).close()
    },
  }
}
