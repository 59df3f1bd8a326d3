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

const sealedRows = (db: Db) => db.selectFrom('account').select(['id', 'credentials'])

export async function readSeals(db: Db, vault: Vault): Promise<Seals> {
  const byKey: Record<string, number> = {}
  for (const { credentials } of await sealedRows(db).execute()) {
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
  const old = (await sealedRows(db).execute()).filter(({ credentials }) => keyIdOf(credentials) !== vault.keyId)
  const opened = await Promise.all(old.map(async (row) => ({ ...row, value: await vault.open(row.credentials) })))
  let moved = 0
  for (const { id, credentials, value } of opened) {
    // Only what was read: a token that was renewed meanwhile is newer, and was sealed by who renewed it.
    const done = await db
      .updateTable('account')
      .set({ credentials: await vault.seal(value) })
      .where('id', '=', id)
      .where('credentials', '=', credentials)
      .returning('id')
      .execute()
    moved += done.length
  }
  return moved
}
