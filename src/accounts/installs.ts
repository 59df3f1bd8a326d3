/** Shops that are being connected: every consent that is asked for can be answered once, in time, and by who asked for it. */

import { createHash } from 'node:crypto'
import type { Connector } from '../channel.ts'
import type { Clock, Fetch, Random } from '../clock.ts'
import type { Platform } from '../domain.ts'
import type { Given, Install, InstallFault, InstallRefusal, OpenedShop, Way } from '../install.ts'
import { type Log, reasonOf } from '../log.ts'
import type { Store } from '../store/index.ts'
import type { InstallTable } from '../store/tables.ts'
import type { Account, Accounts } from './accounts.ts'
import type { Apps } from './apps.ts'
import { strikeOut } from './discretion.ts'
import type { Vault } from './vault.ts'

/** A merchant may have to sign in there, look up a password, ask a colleague. */
const answerWithinMs = 60 * 60_000
/** And then choose. */
const chooseWithinMs = 60 * 60_000
const textLengthMax = 2000

/** `state`: an answer to nothing that we asked, or asked of somebody else, or too late, or once more. `incomplete`: a permission is missing. */
export type Fault = InstallFault | 'state' | 'field' | 'incomplete' | 'taken' | 'broken'

export interface Refused {
  readonly ok: false
  readonly fault: Fault
  readonly field?: string
  readonly detail?: string
}

/** An install as its holder may see it: no credentials. */
export interface InstallView {
  readonly id: string
  readonly platform: Platform
  readonly way: string
  readonly state: InstallTable['state']
  readonly fault: Fault | null
  readonly detail: string | null
  readonly shops: readonly Omit<OpenedShop, 'credentials'>[]
}

export interface Connected {
  readonly account: Account
  readonly isNew: boolean
}

export interface Installs {
  /** The platforms that people can connect, and how. */
  readonly offered: readonly { readonly platform: Platform; readonly title: string; readonly install: Install }[]
  /** `holder` tells one browser's session from another. */
  start(ask: {
    readonly platform: Platform
    readonly way: string
    readonly given: Given
    readonly holder: string
  }): Promise<{ ok: true; id: string; url?: string } | Refused>
  /** The person is back from the platform. An answer that was taken already leads to what became of it. */
  comeBack(platform: Platform, answer: Given, holder: string): Promise<{ ok: true; id: string } | Refused>
  /** A shop sends keys. True only when they were tried and kept. */
  takeKeys(platform: Platform, answer: Given): Promise<boolean>
  look(id: string, holder: string): Promise<InstallView | undefined>
  /** Keeps the chosen shops as accounts; the rest of what was opened is forgotten. */
  choose(id: string, holder: string, shops: readonly string[]): Promise<{ ok: true; connected: Connected[] } | Refused>
}

export interface InstallsDeps {
  readonly store: Store
  readonly vault: Vault
  readonly accounts: Accounts
  readonly apps: Apps
  readonly connectors: ReadonlyMap<Platform, Connector>
  readonly clock: Clock
  readonly random: Random
  readonly fetch: Fetch
  readonly publicUrl: () => string
  readonly log: Log
}

const newState = (): string => Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url')
const hashOf = (state: string): string => createHash('sha256').update(state).digest('base64url')

const refused = (fault: Fault, more: Omit<Refused, 'ok' | 'fault'> = {}): Refused => ({ ok: false, fault, ...more })

export function createInstalls(deps: InstallsDeps): Installs {
  const { store, vault, accounts, apps, clock, log } = deps
  const { db } = store
  const offered = [...deps.connectors.values()].flatMap(({ platform, title, install }) =>
    install ? [{ platform, title, install }] : [],
  )
  const installOf = (platform: Platform) => offered.find((one) => one.platform === platform)?.install

  const context = async (platform: Platform) => ({
    fetch: deps.fetch,
    clock,
    random: deps.random,
    app: await apps.keys(platform),
  })

  /** A platform's words may repeat what it was sent. */
  const discreet = (refusal: InstallRefusal, ...secrets: unknown[]): Refused =>
    refusal.detail === undefined
      ? refusal
      : { ...refusal, detail: strikeOut(refusal.detail, secrets).slice(0, textLengthMax) }

  async function keep(
    row: Pick<InstallTable, 'platform' | 'way' | 'holder' | 'hash' | 'state'>,
    content: unknown,
  ): Promise<string> {
    const now = clock.now()
    await db.deleteFrom('install').where('expires_at', '<=', now).execute()
    const id = store.newId()
    await db
      .insertInto('install')
      .values({
        ...row,
        id,
        sealed: await vault.seal(content),
        fault: null,
        detail: null,
        made_at: now,
        expires_at: now + answerWithinMs,
      })
      .execute()
    return id
  }

  const open = (hash: string) =>
    db.selectFrom('install').selectAll().where('hash', '=', hash).where('expires_at', '>', clock.now())

  /** Of all who bring an answer to the same question, one gets it. */
  async function claim(hash: string): Promise<InstallTable | undefined> {
    return await db
      .updateTable('install')
      .set({ state: 'answered' })
      .where('hash', '=', hash)
      .where('state', '=', 'asked')
      .where('expires_at', '>', clock.now())
      .returningAll()
      .executeTakeFirst()
  }

  async function fail(id: string, { fault, detail = null }: { fault: Fault; detail?: string | null }): Promise<void> {
    await db.updateTable('install').set({ state: 'failed', sealed: '', fault, detail }).where('id', '=', id).execute()
  }

  /** Turns a claimed question and its answer into opened shops; what fails is kept for the page to tell. */
  async function settle(row: InstallTable, install: Install, answer: Given): Promise<Refused | undefined> {
    const around = await context(row.platform)
    try {
      // Safe: sealed by `start`.
      const done = await install.finish(answer, (await vault.open(row.sealed)) as Given, around)
      if (!done.ok) {
        const refusal = discreet(done, answer, around.app)
        await fail(row.id, refusal)
        return refusal
      }
      const next = { sealed: await vault.seal(done.shops), expires_at: clock.now() + chooseWithinMs }
      await db
        .updateTable('install')
        .set({ state: 'opened', ...next })
        .where('id', '=', row.id)
        .execute()
      return undefined
    } catch (error) {
      log.error('a shop could not be connected', {
        platform: row.platform,
        reason: strikeOut(reasonOf(error), [answer, around.app]),
      })
      await fail(row.id, { fault: 'broken' })
      return refused('broken')
    }
  }

  async function shopsOf(row: InstallTable): Promise<OpenedShop[]> {
    if (row.state !== 'opened' || row.sealed === '') return []
    // Safe: sealed by `settle` or `start`.
    return (await vault.open(row.sealed)) as OpenedShop[]
  }

  const own = (id: string, holder: string) =>
    db
      .selectFrom('install')
      .selectAll()
      .where('id', '=', id)
      .where('holder', '=', holder)
      .where('expires_at', '>', clock.now())
      .executeTakeFirst()

  return {
    offered,

    async start({ platform, way: name, given, holder }) {
      const install = installOf(platform)
      const way = install?.ways.find((one) => one.name === name)
      if (!install || !way) return refused('field', { field: 'way' })
      const missing = way.fields.find((field) => !field.isOptional && !isGood(given[field.name]))
      if (missing) return refused('field', { field: missing.name })
      const asked = Object.fromEntries(way.fields.map((field) => [field.name, (given[field.name] ?? '').trim()]))
      const state = newState()
      const url = deps.publicUrl()
      const around = await context(platform)
      const done = await install.start(
        way.name,
        asked,
        { state, returnUrl: `${url}/connect/${platform}/back`, keysUrl: `${url}/install/${platform}/keys` },
        around,
      )
      if (!done.ok) return discreet(done, secretsIn(way, asked), around.app)
      const row = { platform, way: way.name, holder, hash: hashOf(state) }
      if (done.kind === 'opened') return { ok: true, id: await keep({ ...row, state: 'opened' }, done.shops) }
      return { ok: true, id: await keep({ ...row, state: 'asked' }, done.remember), url: done.url }
    },

    async comeBack(platform, answer, holder) {
      const install = installOf(platform)
      const state = install && answer[install.stateName]
      if (!install || !state) return refused('state')
      const hash = hashOf(state)
      const found = await open(hash).where('platform', '=', platform).where('holder', '=', holder).executeTakeFirst()
      if (!found) return refused('state')
      if (install.answersBy === 'shop') {
        // The keys come before the person does: who comes without them has said no, or the shop could not reach us.
        if (found.state !== 'asked') return { ok: true, id: found.id }
        const claimed = await claim(hash)
        if (claimed) await fail(claimed.id, { fault: answer.success === '1' ? 'publicUrl' : 'declined' })
        return { ok: true, id: found.id }
      }
      if (found.state === 'opened' || found.state === 'done') return { ok: true, id: found.id }
      const claimed = await claim(hash)
      if (!claimed) return refused('state')
      return (await settle(claimed, install, answer)) ?? { ok: true, id: claimed.id }
    },

    async takeKeys(platform, answer) {
      const install = installOf(platform)
      const state = install?.answersBy === 'shop' ? answer[install.stateName] : undefined
      if (!install || !state) return false
      const found = await open(hashOf(state)).where('platform', '=', platform).executeTakeFirst()
      const claimed = found && (await claim(found.hash))
      return claimed !== undefined && (await settle(claimed, install, answer)) === undefined
    },

    async look(id, holder) {
      const row = await own(id, holder)
      if (!row) return undefined
      const shops = (await shopsOf(row)).map(({ credentials: _secret, ...shown }) => shown)
      // Safe: written by `fail`.
      const fault = row.fault as Fault | null
      return { id, platform: row.platform, way: row.way, state: row.state, fault, detail: row.detail, shops }
    },

    async choose(id, holder, names) {
      const row = await own(id, holder)
      if (row?.state !== 'opened') return refused('state')
      const chosen = (await shopsOf(row)).filter(({ shop }) => names.includes(shop))
      if (chosen.length === 0) return refused('field', { field: 'shops' })
      if (chosen.some(({ missing }) => missing.length > 0)) return refused('incomplete')
      const claimed = await db
        .updateTable('install')
        .set({ state: 'done', sealed: '' })
        .where('id', '=', id)
        .where('state', '=', 'opened')
        .returning('id')
        .execute()
      if (claimed.length === 0) return refused('state')
      const connected: Connected[] = []
      for (const { shop, title, origin, credentials, settings } of chosen) {
        const done = await accounts.connect({ platform: row.platform, title, shop, origin, credentials, settings })
        if (!done.ok) return refused('broken', { detail: done.reason })
        connected.push({ account: done.account, isNew: done.isNew })
      }
      return { ok: true, connected }
    },
  }
}

const isGood = (text: string | undefined) => text !== undefined && text.trim() !== '' && text.length <= textLengthMax

const secretsIn = ({ fields }: Way, given: Given): string[] =>
  fields.flatMap(({ name, kind }) => (kind === 'secret' && given[name] ? [given[name]] : []))
