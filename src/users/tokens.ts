/** Tokens of the JSON API: made by an admin, shown once, kept as a hash, with scopes and an end. */

import type { Clock } from '../clock.ts'
import type { Store } from '../store/index.ts'
import type { ApiTokenTable, Tx } from '../store/tables.ts'
import type { Audit } from './audit.ts'
import { type Permission, permissions, type Who } from './roles.ts'
import { hashOf, newSecret } from './secrets.ts'

/** Tells people and secret scanners what it is. */
export const tokenPrefix = 'onhand_'
/** Use is written down this often, not at every request. */
const noteEveryMs = 60_000

export interface ApiToken {
  readonly id: string
  readonly title: string
  readonly scopes: readonly Permission[]
  /** The user's id, or the word of another maker. */
  readonly madeBy: string
  readonly createdAt: number
  readonly expiresAt: number | null
  readonly usedAt: number | null
  readonly revokedAt: number | null
}

export interface NewToken {
  readonly title: string
  readonly scopes: readonly Permission[]
  /** Null: until somebody revokes it. */
  readonly expiresAt: number | null
}

export interface Tokens {
  /** Those that may still be used first, then the ended ones. */
  list(): Promise<ApiToken[]>
  /**
   * Nobody gives away what they do not have: `missing` names the scopes that `by` lacks, and a token that a token made ends
   * with it at the latest.
   */
  create(
    by: Who,
    given: NewToken,
  ): Promise<
    | { readonly ok: true; readonly token: ApiToken; readonly secret: string }
    | { readonly ok: false; readonly missing: readonly Permission[] }
  >
  /** With every token that was made by it. Undefined when there is no such token; revoking twice is no error. */
  revoke(by: Who, id: string): Promise<ApiToken | undefined>
  /** Every token that this user or token made, and what those made. */
  revokeOf(tx: Tx, by: Who, maker: string): Promise<void>
  /** The token that this text is, while it may be used. */
  find(secret: string): Promise<ApiToken | undefined>
}

export function createTokens(deps: { store: Store; clock: Clock; audit: Audit }): Tokens {
  const { store, clock, audit } = deps
  const { db } = store

  /** Ends the tokens of which this is the id or the maker, and then those that they made. */
  async function end(tx: Tx, by: Who, column: 'id' | 'made_by', value: string): Promise<void> {
    const ended = await tx
      .updateTable('api_token')
      .set({ revoked_at: clock.now() })
      .where(column, '=', value)
      .where('revoked_at', 'is', null)
      .returning('id')
      .execute()
    for (const { id } of ended) {
      await audit(tx, { who: by, what: 'token.revoked', subject: id })
      await end(tx, by, 'made_by', id)
    }
  }

  async function endOf(by: Who, wanted: number | null): Promise<number | null> {
    if (by.kind !== 'token') return wanted
    const maker = await db.selectFrom('api_token').select('expires_at').where('id', '=', by.id).executeTakeFirst()
    const last = maker?.expires_at ?? null
    return last === null || (wanted !== null && wanted < last) ? wanted : last
  }

  return {
    async list() {
      const rows = await db.selectFrom('api_token').selectAll().orderBy('id', 'desc').execute()
      const tokens = rows.map(tokenOf)
      const now = clock.now()
      return [...tokens.filter((one) => isUsable(one, now)), ...tokens.filter((one) => !isUsable(one, now))]
    },

    async create(by, { title, scopes, expiresAt }) {
      const missing = scopes.filter((scope) => !by.permissions.includes(scope))
      if (missing.length > 0) return { ok: false, missing }
      const secret = `${tokenPrefix}${newSecret()}`
      const row: ApiTokenTable = {
        id: store.newId(),
        hash: hashOf(secret),
        title: title.replaceAll(/\p{Cc}+/gu, ' '),
        scopes: JSON.stringify(permissions.filter((scope) => scopes.includes(scope))),
        made_by: by.id,
        created_at: clock.now(),
        expires_at: await endOf(by, expiresAt),
        used_at: null,
        revoked_at: null,
      }
      await store.transaction(async (tx) => {
        await tx.insertInto('api_token').values(row).execute()
        await audit(tx, {
          who: by,
          what: 'token.created',
          subject: row.id,
          detail: { title: row.title, scopes: scopes.join(' '), expiresAt: row.expires_at },
        })
      })
      return { ok: true, token: tokenOf(row), secret }
    },

    async revoke(by, id) {
      return await store.transaction(async (tx) => {
        await end(tx, by, 'id', id)
        const row = await tx.selectFrom('api_token').selectAll().where('id', '=', id).executeTakeFirst()
        return row && tokenOf(row)
      })
    },

    revokeOf: (tx, by, maker) => end(tx, by, 'made_by', maker),

    async find(secret) {
      const row = await db.selectFrom('api_token').selectAll().where('hash', '=', hashOf(secret)).executeTakeFirst()
      const now = clock.now()
      if (!row || !isUsable(tokenOf(row), now)) return undefined
      if (row.used_at === null || now - row.used_at >= noteEveryMs)
        await db.updateTable('api_token').set({ used_at: now }).where('id', '=', row.id).execute()
      return tokenOf(row)
    },
  }
}

export const isUsable = ({ expiresAt, revokedAt }: ApiToken, now: number): boolean =>
  revokedAt === null && (expiresAt === null || expiresAt > now)

function tokenOf(row: ApiTokenTable): ApiToken {
  // Safe: written above. A scope that this program does not know (any more) is none.
  const named = JSON.parse(row.scopes) as unknown[]
  return {
    id: row.id,
    title: row.title,
    scopes: permissions.filter((scope) => named.includes(scope)),
    madeBy: row.made_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    usedAt: row.used_at,
    revokedAt: row.revoked_at,
  }
}
