/** Moves every sealed text under the vault's current key, row by row: a rotation that was cut off goes on where it was. */

import type { Db } from '../store/tables.ts'
import { keyIdOf, type Vault } from './vault.ts'

export interface Seals {
  /** The key that seals now. */
  readonly keyId: string
  /** How many sealed texts lie under each key. */
  readonly byKey: Readonly<Record<string, number>>
  /** How many are not under the current key. */
  readonly waiting: number
  /** How many are under keys that are not here: nothing can open them. */
  readonly lost: number
}

/** Every sealed text that is kept; installs under way end within an hour, and are begun again. */
async function sealedRows(db: Db): Promise<{ table: 'account' | 'shop_app'; id: string; credentials: string }[]> {
  const accounts = await db.selectFrom('account').select(['id', 'credentials']).execute()
  const apps = await db.selectFrom('shop_app').select(['platform as id', 'sealed as credentials']).execute()
  return [
    ...accounts.map((row) => ({ table: 'account' as const, ...row })),
    ...apps.map((row) => ({ table: 'shop_app' as const, ...row })),
  ]
}

/** Writes only over what was read: a token that was renewed meanwhile is newer, and was sealed by who renewed it. */
async function reseal(
  db: Db,
  table: 'account' | 'shop_app',
  id: string,
  before: string,
  after: string,
): Promise<number> {
  const done =
    table === 'account'
      ? await db
          .updateTable('account')
          .set({ credentials: after })
          .where('id', '=', id)
          .where('credentials', '=', before)
          .returning('id')
          .execute()
      : await db
          .updateTable('shop_app')
          .set({ sealed: after })
          .where('platform', '=', id)
          .where('sealed', '=', before)
          .returning('platform')
          .execute()
  return done.length
}

export async function readSeals(db: Db, vault: Vault): Promise<Seals> {
  const byKey: Record<string, number> = {}
  for (const { credentials } of await sealedRows(db)) {
    const id = keyIdOf(credentials) ?? 'none'
    byKey[id] = (byKey[id] ?? 0) + 1
  }
  const without = (ids: readonly string[]) =>
    Object.entries(byKey).reduce((sum, [id, count]) => (ids.includes(id) ? sum : sum + count), 0)
  return { keyId: vault.keyId, byKey, waiting: without([vault.keyId]), lost: without(vault.keyIds) }
}

/**
 * Seals again what lies under another key. Throws before it changes anything when one of them cannot be opened:
 * then a key is missing. Returns how many were moved.
 */
export async function rotate(db: Db, vault: Vault): Promise<number> {
  const old = (await sealedRows(db)).filter(({ credentials }) => keyIdOf(credentials) !== vault.keyId)
  const opened = await Promise.all(old.map(async (row) => ({ ...row, value: await vault.open(row.credentials) })))
  let moved = 0
  for (const { table, id, credentials, value } of opened)
    moved += await reseal(db, table, id, credentials, await vault.seal(value))
  return moved
}
