/** Connected shops: who they are, their sealed credentials, and the open channel of each. */

import type { ExpressionBuilder } from 'kysely'
import type { Channel, Connector, Limits, Pacer, RawRequest } from '../channel.ts'
import type { Clock, Fetch, Random } from '../clock.ts'
import { type AccountId, asId, MERCHANT, type Platform } from '../domain.ts'
import type { Store } from '../store/index.ts'
import type { AccountTable, Tables } from '../store/tables.ts'
import { discreet } from './discretion.ts'
import { createLeases } from './lease.ts'
import type { Vault } from './vault.ts'
import { watchCredentials } from './watch.ts'

export type Account = Omit<AccountTable, 'credentials' | 'settings'> & { readonly settings: Record<string, unknown> }

export interface NewAccount {
  readonly platform: Platform
  readonly title: string
  readonly shop: string
  readonly origin: string
  readonly credentials: unknown
  readonly settings: unknown
}

/** What is wrong with what was given, in words, with the path of the field. */
export interface Refusal {
  readonly ok: false
  readonly field: string
  readonly reason: string
}

export interface OpenAccount {
  readonly channel: Channel
  readonly pacer: AccountPacerPort
}

/** The pacer as its maker hands it over: told its limits once the channel is open. */
export interface AccountPacerPort extends Pacer {
  configure(limits: Limits): void
  readonly throttledCalls: number
  readonly admittedCalls: number
}

export interface Accounts {
  readonly platforms: readonly Platform[]
  connector(platform: Platform): Connector | undefined
  create(given: NewAccount): Promise<{ ok: true; account: Account } | Refusal>
  /**
   * Keeps what an install opened. A new account is read, and written to only once somebody lets it go live; one that was there gets
   * the new credentials and, if it was broken, goes on as before.
   */
  connect(given: NewAccount): Promise<{ ok: true; account: Account; isNew: boolean } | Refusal>
  /** When the access that was granted ends for good; undefined when it does not, or cannot be read. */
  endsAt(id: string): Promise<number | undefined>
  /** Exchanges credentials, one shop after another, under the lease that their renewal takes too. Returns the accounts that changed. */
  exchange(platform: Platform, next: (credentials: unknown) => unknown | undefined): Promise<string[]>
  list(): Promise<Account[]>
  get(id: string): Promise<Account | undefined>
  /** The account's channel, opened once; undefined when there is no such account. */
  open(id: string): Promise<OpenAccount | undefined>
  /** The account that an app-wide webhook says it is about. */
  ofShop(platform: Platform, raw: RawRequest): Promise<AccountId | undefined>
  /** `fulfilledBy: null` lets it ship its own orders. */
  change(
    id: string,
    change: {
      state?: Account['state']
      reason?: string | null
      fulfilledBy?: string | null
      title?: string
      countsStock?: boolean
    },
  ): Promise<Account | undefined>
}

export interface AccountsDeps {
  readonly store: Store
  readonly vault: Vault
  readonly connectors: ReadonlyMap<Platform, Connector>
  readonly clock: Clock
  readonly random: Random
  readonly fetch: Fetch
  /** Where shops reach this server, without a slash at the end. */
  readonly publicUrl: () => string
  readonly newPacer: () => AccountPacerPort
}

export function createAccounts(deps: AccountsDeps): Accounts {
  const { store, vault, connectors, clock } = deps
  const { db } = store
  const leases = createLeases(deps)
  const opened = new Map<string, Promise<OpenAccount>>()
  /** Tells the open channel of an account which credentials are in force from now on. */
  const tell = new Map<string, (credentials: unknown) => void>()

  async function row(id: string): Promise<AccountTable | undefined> {
    return await db.selectFrom('account').selectAll().where('id', '=', id).executeTakeFirst()
  }

  async function openRow(found: AccountTable): Promise<OpenAccount> {
    const connector = connectors.get(found.platform)
    if (!connector) throw new Error(`No connector for ${found.platform} is installed.`)
    let credentials = connector.credentials.parse(await vault.open(found.credentials))
    tell.set(found.id, (next) => {
      credentials = next
    })
    const pacer = deps.newPacer()
    const channel = connector.open(
      {
        id: asId(found.id),
        shop: found.shop,
        origin: found.origin,
        settings: connector.settings.parse(JSON.parse(found.settings)),
        webhookUrl: `${deps.publicUrl()}/webhooks/${found.id}`,
      },
      {
        fetch: deps.fetch,
        clock,
        random: deps.random,
        pace: pacer,
        secrets: {
          current: () => credentials,
          async replace(next) {
            await renewed(found, credentials, next)
            credentials = next
          },
          exclusively: (work) =>
            leases.hold(leaseOf(found, credentials), async () => {
              const stored = await row(found.id)
              if (stored) credentials = connector.credentials.parse(await vault.open(stored.credentials))
              return await work()
            }),
        },
      },
    )
    pacer.configure(channel.limits)
    const quiet = discreet(channel, () => credentials)
    return { channel: watchCredentials(quiet, (reason) => void markBroken(found.id, reason)), pacer }
  }

  const sharedBy = (platform: Platform, credentials: unknown): unknown => {
    const by = connectors.get(platform)?.install?.shared?.by
    return by === undefined ? undefined : picked(credentials)[by]
  }

  /** Shops that have their tokens in common take turns in renewing them. */
  const leaseOf = ({ id, platform }: AccountTable, credentials: unknown): string =>
    `credentials/${String(sharedBy(platform, credentials) ?? id)}`

  /** Renewed credentials, with all whose tokens they are: one that was left behind would hold a dead token. */
  async function renewed(found: AccountTable, before: unknown, next: unknown): Promise<void> {
    const written = new Map([[found.id, next]])
    const group = sharedBy(found.platform, before)
    if (group !== undefined) {
      const names = connectors.get(found.platform)?.install?.shared?.names ?? []
      const others = await db.selectFrom('account').selectAll().where('platform', '=', found.platform).execute()
      for (const other of others) {
        const theirs = other.id === found.id ? undefined : await vault.open(other.credentials).catch(() => undefined)
        if (sharedBy(found.platform, theirs) === group)
          written.set(other.id, { ...picked(theirs), ...picked(next, names) })
      }
    }
    const sealed = await Promise.all([...written].map(async ([id, value]) => [id, await vault.seal(value)] as const))
    await store.transaction(async (tx) => {
      for (const [id, credentials] of sealed)
        await tx.updateTable('account').set({ credentials, updated_at: clock.now() }).where('id', '=', id).execute()
    })
    for (const [id, value] of written) tell.get(id)?.(value)
  }

  /** Nothing is asked of or told to it until a person has looked; what it should know waits in the books. */
  async function markBroken(id: string, reason: string): Promise<void> {
    const text = `The shop refuses our credentials: ${reason} Its stock and orders are not in sync until you connect it again.`
    await db
      .updateTable('account')
      .set((eb) => ({ state: 'broken', reason: text, rev: eb('rev', '+', 1), updated_at: clock.now() }))
      .where('id', '=', id)
      .execute()
  }

  const ofShop = (platform: Platform, shop: string) =>
    db.selectFrom('account').selectAll().where('platform', '=', platform).where('shop', '=', shop).executeTakeFirst()

  /** What was given, as the connector's own schemas read it. */
  function check(given: NewAccount): { ok: true; credentials: unknown; settings: unknown } | Refusal {
    const connector = connectors.get(given.platform)
    if (!connector)
      return refusal('platform', `Onhand knows ${[...connectors.keys()].join(', ')}; not ${given.platform}.`)
    const credentials = connector.credentials.safeParse(given.credentials)
    if (!credentials.success) return refusal(`credentials.${pathOf(credentials.error)}`, messageOf(credentials.error))
    const settings = connector.settings.safeParse(given.settings ?? {})
    if (!settings.success) return refusal(`settings.${pathOf(settings.error)}`, messageOf(settings.error))
    return { ok: true, credentials: credentials.data, settings: settings.data }
  }

  async function add(
    given: NewAccount,
    start: Pick<AccountTable, 'state' | 'live_at'>,
  ): Promise<{ ok: true; account: Account } | Refusal> {
    const checked = check(given)
    if (!checked.ok) return checked
    const taken = await ofShop(given.platform, given.shop)
    if (taken) return refusal('shop', `This shop is connected already, as ${taken.id}.`)
    const count = await db
      .selectFrom('account')
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .where('platform', '=', given.platform)
      .executeTakeFirstOrThrow()
    const now = clock.now()
    const created: AccountTable = {
      id: `${given.platform}-${Number(count.n) + 1}`,
      merchant: MERCHANT,
      platform: given.platform,
      title: given.title,
      shop: given.shop,
      origin: given.origin,
      credentials: await vault.seal(checked.credentials),
      settings: JSON.stringify(checked.settings),
      fulfilled_by: null,
      counts_stock: 0,
      learned: '{}',
      ...start,
      reason: null,
      rev: 1,
      created_at: now,
      connected_at: now,
      updated_at: now,
    }
    await db.insertInto('account').values(created).execute()
    return { ok: true, account: accountOf(created) }
  }

  /** Replaces the credentials of an account by what `next` makes of them; undefined leaves them. */
  async function replace(id: string, next: (credentials: unknown) => unknown | undefined): Promise<boolean> {
    const known = await row(id)
    if (!known) return false
    const lease = leaseOf(known, await vault.open(known.credentials).catch(() => ({})))
    return await leases.hold(lease, async () => {
      const found = await row(id)
      if (!found) return false
      const connector = connectors.get(found.platform)
      const wanted = next(await vault.open(found.credentials).catch(() => ({})))
      if (!connector || wanted === undefined) return false
      const credentials = connector.credentials.parse(wanted)
      await db
        .updateTable('account')
        .set({ credentials: await vault.seal(credentials), updated_at: clock.now() })
        .where('id', '=', id)
        .execute()
      tell.get(id)?.(credentials)
      return true
    })
  }

  /** The same shop once more: its books, links and settings stay. */
  async function connectAgain(
    found: AccountTable,
    given: NewAccount,
  ): Promise<{ ok: true; account: Account } | Refusal> {
    const checked = check(given)
    if (!checked.ok) return checked
    const keeps = connectors.get(found.platform)?.install?.keeps ?? []
    await replace(found.id, (old) => ({ ...picked(old, keeps), ...picked(checked.credentials) }))
    const after = found.live_at === null ? 'paused' : 'active'
    await db
      .updateTable('account')
      .set((eb) => ({
        state: found.state === 'broken' ? after : found.state,
        reason: null,
        rev: eb('rev', '+', 1),
        connected_at: clock.now(),
        updated_at: clock.now(),
      }))
      .where('id', '=', found.id)
      .execute()
    return { ok: true, account: accountOf((await row(found.id)) ?? found) }
  }

  return {
    platforms: [...connectors.keys()],
    connector: (platform) => connectors.get(platform),

    create: (given) => add(given, { state: 'active', live_at: clock.now() }),

    async connect(given) {
      const found = await ofShop(given.platform, given.shop)
      const done = await (found ? connectAgain(found, given) : add(given, { state: 'paused', live_at: null }))
      return done.ok ? { ...done, isNew: found === undefined } : done
    },

    async endsAt(id) {
      const found = await row(id)
      const endsAt = found && connectors.get(found.platform)?.install?.endsAt
      return endsAt?.(picked(await vault.open(found?.credentials ?? '').catch(() => ({}))))
    },

    async exchange(platform, next) {
      const rows = await db.selectFrom('account').select('id').where('platform', '=', platform).execute()
      const changed: string[] = []
      for (const { id } of rows) if (await replace(id, next)) changed.push(id)
      return changed
    },

    async list() {
      const rows = await db.selectFrom('account').selectAll().orderBy('created_at').orderBy('id').execute()
      return rows.map(accountOf)
    },

    async get(id) {
      const found = await row(id)
      return found && accountOf(found)
    },

    async open(id) {
      const known = opened.get(id)
      if (known) return await known
      const found = await row(id)
      if (!found) return undefined
      const account = openRow(found)
      opened.set(id, account)
      account.catch(() => opened.delete(id))
      return await account
    },

    async ofShop(platform, raw) {
      const shop = connectors.get(platform)?.shopOf(raw)
      if (shop === undefined) return undefined
      const found = await ofShop(platform, shop)
      return found && asId<'account'>(found.id)
    },

    async change(id, { state, reason, fulfilledBy, title, countsStock }) {
      // There is one count: who becomes the authority takes it over.
      if (countsStock) await db.updateTable('account').set({ counts_stock: 0 }).where('id', '<>', id).execute()
      await db
        .updateTable('account')
        .set((eb) => ({
          ...(state === undefined ? {} : { state }),
          ...(state === 'active'
            ? { connected_at: connectedAt(eb, clock.now()), live_at: eb.fn.coalesce('live_at', eb.val(clock.now())) }
            : {}),
          ...(reason === undefined ? {} : { reason }),
          ...(fulfilledBy === undefined ? {} : { fulfilled_by: fulfilledBy }),
          ...(title === undefined ? {} : { title }),
          ...(countsStock === undefined ? {} : { counts_stock: countsStock ? 1 : 0 }),
          rev: eb('rev', '+', 1),
          updated_at: clock.now(),
        }))
        .where('id', '=', id)
        .execute()
      const found = await row(id)
      return found && accountOf(found)
    },
  }
}

/** Who makes a broken account active again has connected it again. */
const connectedAt = (eb: ExpressionBuilder<Tables, 'account'>, now: number) =>
  eb.case().when('state', '=', 'broken').then(now).else(eb.ref('connected_at')).end()

function accountOf({ credentials: _sealed, settings, ...rest }: AccountTable): Account {
  // Safe: written above, from what the connector's schema passed.
  return { ...rest, settings: JSON.parse(settings) as Record<string, unknown> }
}

/** The named members of an object, or all of them; nothing of what is none. */
function picked(value: unknown, names?: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(Object.entries(value).filter(([name]) => names?.includes(name) ?? true))
}

const refusal = (field: string, reason: string): Refusal => ({ ok: false, field, reason })

interface Issues {
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]
}

const pathOf = (error: Issues): string => error.issues[0]?.path.map(String).join('.') ?? ''
const messageOf = (error: Issues): string => error.issues[0]?.message ?? 'cannot be read'
