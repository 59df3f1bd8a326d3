/** The merchant's own apps at the platforms: their keys, from the environment or entered by an admin and sealed. */

import type { Connector } from '../channel.ts'
import type { Clock } from '../clock.ts'
import type { Platform } from '../domain.ts'
import type { Given } from '../install.ts'
import type { Store } from '../store/index.ts'
import type { Accounts } from './accounts.ts'
import type { Vault } from './vault.ts'

export interface Apps {
  /** The keys that are in force; the environment wins over what was entered. */
  keys(platform: Platform): Promise<Given | undefined>
  /** Where they come from, and what may be shown of them. */
  look(platform: Platform): Promise<{ readonly from: 'environment' | 'entered' | 'nowhere'; readonly shown: Given }>
  /**
   * Keeps what an admin entered. A secret that is left empty stays as it was, and one that is replaced is accepted beside the new
   * one until the next change. Shops that are connected through this app go on with the new keys.
   */
  enter(
    platform: Platform,
    given: Given,
  ): Promise<
    | { readonly ok: true }
    | { readonly ok: false; readonly field: string }
    | { readonly ok: false; readonly field: 'environment' }
  >
}

export interface AppsDeps {
  readonly store: Store
  readonly vault: Vault
  readonly clock: Clock
  readonly accounts: Accounts
  readonly connectors: ReadonlyMap<Platform, Connector>
  /** By platform, as far as the environment names them. */
  readonly environment: Readonly<Record<Platform, Given>>
}

const keyLengthMax = 500

export function createApps({ store: { db }, vault, clock, accounts, connectors, environment }: AppsDeps): Apps {
  const fieldsOf = (platform: Platform) => connectors.get(platform)?.install?.appFields ?? []

  async function entered(platform: Platform): Promise<Given | undefined> {
    const row = await db.selectFrom('shop_app').select('sealed').where('platform', '=', platform).executeTakeFirst()
    // Safe: sealed below, and nobody else can seal.
    return row && ((await vault.open(row.sealed)) as Given)
  }

  const keys = async (platform: Platform) => environment[platform] ?? (await entered(platform))

  return {
    keys,

    async look(platform) {
      const found = await keys(platform)
      const open = fieldsOf(platform).filter(({ kind }) => kind !== 'secret')
      return {
        from: environment[platform] ? 'environment' : found ? 'entered' : 'nowhere',
        shown: Object.fromEntries(open.flatMap(({ name }) => (found?.[name] ? [[name, found[name]]] : []))),
      }
    },

    async enter(platform, given) {
      if (environment[platform]) return { ok: false, field: 'environment' }
      const before = (await entered(platform)) ?? {}
      const fields = fieldsOf(platform)
      const next: Record<string, string> = {}
      for (const { name, kind, isOptional } of fields) {
        const text = (given[name] ?? '').trim()
        const value = text === '' && kind === 'secret' ? before[name] : text
        if (!value && !isOptional) return { ok: false, field: name }
        if (value && (value.length > keyLengthMax || /\s/.test(value))) return { ok: false, field: name }
        if (value) next[name] = value
      }
      // A secret under which webhooks may still be signed for an hour.
      for (const { name } of fields.filter((one) => /^previous[A-Z]/.test(one.name) && !given[one.name]?.trim())) {
        const current = `${name.charAt(8).toLowerCase()}${name.slice(9)}`
        const old = before[current]
        if (old && old !== next[current]) next[name] = old
      }
      const row = { sealed: await vault.seal(next), updated_at: clock.now() }
      await db
        .insertInto('shop_app')
        .values({ platform, ...row })
        .onConflict((conflict) => conflict.column('platform').doUpdateSet(row))
        .execute()
      const withApp = connectors.get(platform)?.install?.withApp
      if (withApp)
        await accounts.exchange(platform, (credentials) => withApp(credentials as Record<string, unknown>, next))
      return { ok: true }
    },
  }
}
