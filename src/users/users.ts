/** The people who use this installation: made, changed and shut out by an admin; there is always one admin left. */

import type { Clock } from '../clock.ts'
import type { Store } from '../store/index.ts'
import type { AppUserTable, Tx } from '../store/tables.ts'
import type { Audit } from './audit.ts'
import { faultOf, type PasswordFault, type Passwords } from './passwords.ts'
import { permissionsOf, type Role, type Who } from './roles.ts'
import type { Sessions } from './sessions.ts'

export const nameLengthMax = 100

export interface User {
  readonly id: string
  readonly name: string
  readonly role: Role
  readonly state: 'active' | 'disabled'
  readonly createdAt: number
  readonly signedInAt: number | null
}

export interface NewUser {
  readonly name: string
  readonly role: Role
  readonly password: string
}

export type UserFault =
  | PasswordFault
  | 'nameEmpty'
  | 'nameLong'
  | 'nameTaken'
  | 'lastAdmin'
  | 'beyond'
  | 'unknown'
  | 'wrongPassword'
  | 'firstIsMade'

/** What was wrong, as a word that the API and the pages each have a sentence for. */
export interface Refused {
  readonly ok: false
  readonly field: 'name' | 'password' | 'current' | 'role' | 'state' | 'id'
  readonly fault: UserFault
}

export type Made<T> = { readonly ok: true; readonly value: T } | Refused

export interface UserChange {
  readonly role?: Role
  readonly state?: 'active' | 'disabled'
  /** A new password ends every session of the user. */
  readonly password?: string
}

export interface Users {
  list(): Promise<User[]>
  get(id: string): Promise<User | undefined>
  create(by: Who, given: NewUser): Promise<Made<User>>
  change(by: Who, id: string, change: UserChange): Promise<Made<User>>
  /** The user's own wish: the current password has to be known. Ends every session, this one too. */
  changeOwnPassword(by: Who, current: string, next: string): Promise<Made<User>>
  /** The very first user, an admin; at most once in the life of a database. */
  createFirst(from: string | undefined, given: Omit<NewUser, 'role'>): Promise<Made<User>>
  /** True until the first user was made, however that was done. */
  awaitsFirst(): Promise<boolean>
}

/** The row of `meta` that says that the first user was made; it outlives that user. */
const firstUserMark = 'first_user'

/** What cannot be seen tells nobody apart, and a NUL no database keeps. */
const nameOf = (given: string): string =>
  given
    .normalize('NFKC')
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()

export const nameKeyOf = (name: string): string => nameOf(name).toLowerCase()

export interface UsersDeps {
  readonly store: Store
  readonly clock: Clock
  readonly passwords: Passwords
  readonly sessions: Sessions
  readonly audit: Audit
  /** Shuts out the tokens that a user made. */
  revokeTokensOf(tx: Tx, by: Who, user: string): Promise<void>
}

export function createUsers(deps: UsersDeps): Users {
  const { store, clock, passwords, sessions, audit } = deps
  const { db } = store
  let firstIsMade = false

  function nameFault(name: string): UserFault | undefined {
    if (name === '') return 'nameEmpty'
    return name.length > nameLengthMax ? 'nameLong' : undefined
  }

  /** The row of a new user; its password is hashed outside of every transaction. */
  async function rowOf(given: NewUser): Promise<Made<AppUserTable>> {
    const name = nameOf(given.name)
    const wrongName = nameFault(name)
    if (wrongName) return refused('name', wrongName)
    const wrongPassword = faultOf(given.password, name)
    if (wrongPassword) return refused('password', wrongPassword)
    const now = clock.now()
    return {
      ok: true,
      value: {
        id: store.newId(),
        name,
        name_key: nameKeyOf(name),
        role: given.role,
        state: 'active',
        password: await passwords.hash(given.password),
        created_at: now,
        updated_at: now,
        signed_in_at: null,
      },
    }
  }

  async function insert(tx: Tx, row: AppUserTable): Promise<boolean> {
    const added = await tx
      .insertInto('app_user')
      .values(row)
      .onConflict((conflict) => conflict.column('name_key').doNothing())
      .returning('id')
      .execute()
    return added.length > 0
  }

  /** True for the one transaction that marks it first. */
  async function markFirst(tx: Tx, user: string): Promise<boolean> {
    const marked = await tx
      .insertInto('meta')
      .values({ name: firstUserMark, value: user })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .returning('name')
      .execute()
    return marked.length > 0
  }

  /** Whether somebody who may manage access is left without this user. Locked, so that two admins cannot shut each other out. */
  async function hasOtherAdmin(tx: Tx, id: string): Promise<boolean> {
    const admins = await tx
      .selectFrom('app_user')
      .select('id')
      .where('role', '=', 'admin')
      .where('state', '=', 'active')
      .orderBy('id')
      .forUpdate()
      .execute()
    return admins.some((admin) => admin.id !== id)
  }

  async function change(by: Who, id: string, { role, state, password }: UserChange): Promise<Made<User>> {
    const known = await db.selectFrom('app_user').selectAll().where('id', '=', id).executeTakeFirst()
    if (!known) return refused('id', 'unknown')
    if (by.id !== id && ![known.role, role ?? known.role].every((one) => covers(by, one)))
      return refused('role', 'beyond')
    const wrong = password === undefined ? undefined : faultOf(password, known.name)
    if (wrong) return refused('password', wrong)
    const hashed = password === undefined ? undefined : await passwords.hash(password)
    return await store.transaction(async (tx) => {
      const isLast = !(await hasOtherAdmin(tx, id))
      const before = await tx
        .selectFrom('app_user')
        .selectAll()
        .where('id', '=', id)
        .forUpdate()
        .executeTakeFirstOrThrow()
      const after: AppUserTable = {
        ...before,
        role: role ?? before.role,
        state: state ?? before.state,
        password: hashed ?? before.password,
        updated_at: clock.now(),
      }
      const isAdmin = (user: AppUserTable) => user.role === 'admin' && user.state === 'active'
      if (isAdmin(before) && !isAdmin(after) && isLast)
        return refused(state === 'disabled' ? 'state' : 'role', 'lastAdmin')
      await tx
        .updateTable('app_user')
        .set({ role: after.role, state: after.state, password: after.password, updated_at: after.updated_at })
        .where('id', '=', id)
        .execute()
      if (after.state === 'disabled' || hashed !== undefined) await sessions.endAll(tx, id)
      if (after.state === 'disabled' || !permissionsOf(after.role).includes('access'))
        await deps.revokeTokensOf(tx, by, id)
      if (role !== undefined || state !== undefined)
        await audit(tx, {
          who: by,
          what: 'user.changed',
          subject: id,
          detail: { name: after.name, role: after.role, state: after.state },
        })
      if (hashed !== undefined) await audit(tx, { who: by, what: 'password.changed', subject: id })
      return { ok: true, value: userOf(after) }
    })
  }

  return {
    async list() {
      const rows = await db.selectFrom('app_user').selectAll().orderBy('name_key').execute()
      return rows.map(userOf)
    },

    async get(id) {
      const row = await db.selectFrom('app_user').selectAll().where('id', '=', id).executeTakeFirst()
      return row && userOf(row)
    },

    async create(by, given) {
      if (!covers(by, given.role)) return refused('role', 'beyond')
      const made = await rowOf(given)
      if (!made.ok) return made
      const row = made.value
      return await store.transaction(async (tx) => {
        if (!(await insert(tx, row))) return refused('name', 'nameTaken')
        await markFirst(tx, row.id)
        await audit(tx, { who: by, what: 'user.created', subject: row.id, detail: { name: row.name, role: row.role } })
        return { ok: true, value: userOf(row) }
      })
    },

    change,

    async changeOwnPassword(by, current, next) {
      const row = await db.selectFrom('app_user').selectAll().where('id', '=', by.id).executeTakeFirst()
      if (!(await passwords.matches(current, row?.password)) || !row) return refused('current', 'wrongPassword')
      return await change(by, row.id, { password: next })
    },

    async createFirst(from, given) {
      const made = await rowOf({ ...given, role: 'admin' })
      if (!made.ok) return made
      const row = made.value
      const by: Who = { kind: 'user', id: row.id, name: row.name, from, permissions: permissionsOf('admin') }
      return await store.transaction(async (tx) => {
        if (!(await markFirst(tx, row.id))) return refused('id', 'firstIsMade')
        if (!(await insert(tx, row))) throw new Error('There was a user before the first one.')
        await audit(tx, { who: by, what: 'user.created', subject: row.id, detail: { name: row.name, role: row.role } })
        return { ok: true, value: userOf(row) }
      })
    },

    async awaitsFirst() {
      if (firstIsMade) return false
      const mark = await db.selectFrom('meta').select('name').where('name', '=', firstUserMark).executeTakeFirst()
      firstIsMade = mark !== undefined
      return !firstIsMade
    },
  }
}

/** Nobody makes, or takes over, somebody who may do more than they may. */
const covers = (by: Who, role: Role): boolean => permissionsOf(role).every((one) => by.permissions.includes(one))

const refused = (field: Refused['field'], fault: UserFault): Refused => ({ ok: false, field, fault })

const userOf = (row: AppUserTable): User => ({
  id: row.id,
  name: row.name,
  role: row.role,
  state: row.state,
  createdAt: row.created_at,
  signedInAt: row.signed_in_at,
})
