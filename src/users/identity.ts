/** Who is it? From a bearer token, a session or a password to somebody with permissions; what is not known is nobody. */

import type { Clock } from '../clock.ts'
import type { Store } from '../store/index.ts'
import { type Audit, createAudit } from './audit.ts'
import { createBrake } from './brake.ts'
import { createPasswords } from './passwords.ts'
import { permissions, permissionsOf, systemWho, type Who } from './roles.ts'
import { derived, newSecret, sameSecret } from './secrets.ts'
import { createSessions } from './sessions.ts'
import { createTokens, type Tokens } from './tokens.ts'
import { createUsers, type Made, nameKeyOf, type User, type Users } from './users.ts'

/** Tries in fifteen minutes. An address may be a whole office behind one router. */
const triesPerUserMax = 10
const triesPerAddressMax = 50

export interface IdentityDeps {
  readonly store: Store
  readonly clock: Clock
  /** The installation's own key of the JSON API: may do everything. */
  readonly adminToken: string
  /** 32 bytes; what must not be guessed is derived from it. */
  readonly secretKey: Uint8Array
}

export type SignedIn =
  | { readonly ok: true; readonly secret: string; readonly user: User }
  | { readonly ok: false; readonly reason: 'wrong' }
  | { readonly ok: false; readonly reason: 'later'; readonly retryAfterMs: number }

export interface Identity {
  readonly users: Users
  readonly tokens: Tokens
  readonly audit: Audit
  /** Who an `Authorization` header speaks for. */
  byBearer(header: string | undefined, from: string | undefined): Promise<Who | undefined>
  /** Whose session a cookie holds. */
  bySession(secret: string | undefined, from: string | undefined): Promise<Who | undefined>
  /** Answers alike, and after the same work, for a wrong password and for a user that there is not. */
  signIn(given: { name: string; password: string; from: string | undefined }): Promise<SignedIn>
  signOut(secret: string | undefined, from: string | undefined): Promise<void>
  changeOwnPassword(
    by: Who,
    current: string,
    next: string,
  ): Promise<Made<User> | { readonly ok: false; readonly reason: 'later'; readonly retryAfterMs: number }>
  readonly firstStart: {
    isOpen(): Promise<boolean>
    /** What the terminal shows; undefined when the first user exists. The same in every process of this installation. */
    token(): Promise<string | undefined>
    make(given: {
      token: string
      name: string
      password: string
      from: string | undefined
    }): Promise<SignedIn | Extract<Made<User>, { ok: false }>>
  }
}

export function createIdentity({ store, clock, adminToken, secretKey }: IdentityDeps): Identity {
  const { db } = store
  const passwords = createPasswords()
  const sessions = createSessions({ store, clock })
  const audit = createAudit({ clock, newId: store.newId })
  const tokens = createTokens({ store, clock, audit })
  const users = createUsers({ store, clock, passwords, sessions, audit, revokeTokensOf: tokens.revokeOf })
  const brake = createBrake(db, clock)

  // A person may have typed a password where the name belongs: it is counted, not kept.
  const userKey = (name: string) => `user:${derived(secretKey, 'login', nameKeyOf(name))}`
  const addressKey = (from: string | undefined) => `from:${from ?? 'unknown'}`
  const addressTries = (from: string | undefined) => ({ key: addressKey(from), max: triesPerAddressMax })

  const whoOf = (user: User, from: string | undefined): Who => ({
    kind: 'user',
    id: user.id,
    name: user.name,
    from,
    permissions: permissionsOf(user.role),
  })

  /** `password` is the hash that was checked: when it was changed since, or the user shut out, nobody comes in. */
  async function begin(user: User, password: string, from: string | undefined): Promise<SignedIn> {
    return await store.transaction(async (tx) => {
      const still = await tx
        .updateTable('app_user')
        .set({ signed_in_at: clock.now() })
        .where('id', '=', user.id)
        .where('password', '=', password)
        .where('state', '=', 'active')
        .returning('id')
        .execute()
      if (still.length === 0) return { ok: false, reason: 'wrong' }
      await audit(tx, { who: whoOf(user, from), what: 'login', subject: user.id })
      return { ok: true, secret: await sessions.begin(tx, user.id), user }
    })
  }

  /** Random, made once per database: the token of another database of the same key opens nothing here. */
  async function installation(): Promise<string> {
    await db
      .insertInto('meta')
      .values({ name: 'installation', value: newSecret() })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute()
    const row = await db.selectFrom('meta').select('value').where('name', '=', 'installation').executeTakeFirstOrThrow()
    return row.value
  }

  const firstToken = async () => derived(secretKey, 'first start', await installation()).slice(0, 32)

  return {
    users,
    tokens,
    audit,

    async byBearer(header, from) {
      const given = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1]
      if (given === undefined) return undefined
      if (sameSecret(given, adminToken))
        return { kind: 'key', id: 'admin-token', name: 'ADMIN_TOKEN', from, permissions }
      const token = await tokens.find(given)
      return token && { kind: 'token', id: token.id, name: token.title, from, permissions: token.scopes }
    },

    async bySession(secret, from) {
      if (secret === undefined || secret === '') return undefined
      const id = await sessions.userOf(secret)
      const user = id === undefined ? undefined : await users.get(id)
      return user?.state === 'active' ? whoOf(user, from) : undefined
    },

    async signIn({ name, password, from }) {
      const key = userKey(name)
      const free = await brake.take([{ key, max: triesPerUserMax }, addressTries(from)])
      if (!free.ok) return { ok: false, reason: 'later', retryAfterMs: free.retryAfterMs }
      const row = await db.selectFrom('app_user').selectAll().where('name_key', '=', nameKeyOf(name)).executeTakeFirst()
      const isRight = await passwords.matches(password, row?.password)
      const user = row && (await users.get(row.id))
      if (!isRight || !user || user.state !== 'active') {
        await audit(db, { who: { ...systemWho, from }, what: 'login.failed', subject: row?.id ?? 'unknown' })
        return { ok: false, reason: 'wrong' }
      }
      await brake.forgive(key)
      return await begin(user, row.password, from)
    },

    async signOut(secret, from) {
      const id = secret === undefined ? undefined : await sessions.end(secret)
      const user = id === undefined ? undefined : await users.get(id)
      if (user) await audit(db, { who: whoOf(user, from), what: 'logout', subject: user.id })
    },

    async changeOwnPassword(by, current, next) {
      // Whoever found an open browser must not guess here what they cannot guess at the door.
      const free = await brake.take([{ key: userKey(by.name), max: triesPerUserMax }, addressTries(by.from)])
      if (!free.ok) return { ok: false, reason: 'later', retryAfterMs: free.retryAfterMs }
      return await users.changeOwnPassword(by, current, next)
    },

    firstStart: {
      isOpen: () => users.awaitsFirst(),
      token: async () => ((await users.awaitsFirst()) ? await firstToken() : undefined),
      async make({ token, name, password, from }) {
        const free = await brake.take([addressTries(from)])
        if (!free.ok) return { ok: false, reason: 'later', retryAfterMs: free.retryAfterMs }
        const isRight = sameSecret(token.trim(), await firstToken())
        if (!isRight || !(await users.awaitsFirst())) return { ok: false, reason: 'wrong' }
        const made = await users.createFirst(from, { name, password })
        if (!made.ok) return made
        const row = await db
          .selectFrom('app_user')
          .select('password')
          .where('id', '=', made.value.id)
          .executeTakeFirst()
        return await begin(made.value, row?.password ?? '', from)
      },
    },
  }
}
