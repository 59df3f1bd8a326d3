/** Users: the people who sign in, and what their role lets them do. */

import { z } from 'zod'
import { passwordLengthMin } from '../../users/passwords.ts'
import { permissions, permissionsOf, roles } from '../../users/roles.ts'
import type { User, UserFault } from '../../users/users.ts'
import type { ApiDeps } from '../deps.ts'
import { notFound, type Refusal, refuse } from '../refusal.ts'
import { type Route, route } from '../route.ts'
import { iso, isoOrNull, time } from '../times.ts'

const user = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(roles),
  state: z.enum(['active', 'disabled']),
  createdAt: time,
  signedInAt: time.nullable(),
})

const me = z.object({
  kind: z.enum(['user', 'token', 'key', 'system']),
  id: z.string(),
  name: z.string(),
  permissions: z.array(z.enum(permissions)),
})

/** Longer texts are refused by the rules of names and passwords in their own words. */
const text = z.string().max(1000)

const viewOf = (one: User): z.input<typeof user> => ({
  ...one,
  createdAt: iso(one.createdAt),
  signedInAt: isoOrNull(one.signedInAt),
})

const reasons: Readonly<Record<UserFault, string>> = {
  short: `must have at least ${passwordLengthMin} characters`,
  long: 'is too long',
  name: 'must not be the name',
  nameEmpty: 'must not be empty',
  nameLong: 'is too long',
  nameTaken: 'is taken already',
  lastAdmin: 'cannot change: nobody else could manage access',
  beyond: 'may do more than you may',
  unknown: 'is not known',
  wrongPassword: 'is not your password',
  firstIsMade: 'exists already',
}

const refusalOf = ({ field, fault }: { field: string; fault: UserFault }): Refusal =>
  refuse(fault === 'lastAdmin' ? 409 : 422, `The ${field} ${reasons[fault]}. Nothing was changed.`, [
    { field, reason: reasons[fault] },
  ])

export function userRoutes({ identity: { users } }: ApiDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/me',
      summary: 'Who the token speaks for, and what it may do',
      needs: 'read',
      answer: me,
      handle: async ({ who: { kind, id, name, permissions: mine } }) => ({ kind, id, name, permissions: [...mine] }),
    }),
    route({
      method: 'GET',
      path: '/roles',
      summary: 'What each role may do',
      needs: 'read',
      answer: z.object({
        items: z.array(z.object({ role: z.enum(roles), permissions: z.array(z.enum(permissions)) })),
      }),
      handle: async () => ({ items: roles.map((role) => ({ role, permissions: [...permissionsOf(role)] })) }),
    }),
    route({
      method: 'GET',
      path: '/users',
      summary: 'List the people who sign in',
      needs: 'access',
      answer: z.object({ items: z.array(user) }),
      handle: async () => ({ items: (await users.list()).map(viewOf) }),
    }),
    route({
      method: 'POST',
      path: '/users',
      summary: 'Let somebody sign in',
      needs: 'access',
      isSecret: true,
      body: z.strictObject({ name: text, role: z.enum(roles), password: text }),
      answer: user,
      status: 201,
      async handle({ body, who }) {
        const made = await users.create(who, body)
        return made.ok ? viewOf(made.value) : refusalOf(made)
      },
    }),
    route({
      method: 'PATCH',
      path: '/users/:id',
      summary: "Change a user's role, password or state; a new password and `disabled` end every session",
      needs: 'access',
      isSecret: true,
      body: z.strictObject({
        role: z.enum(roles).optional(),
        state: z.enum(['active', 'disabled']).optional(),
        password: text.optional(),
      }),
      answer: user,
      async handle({ params: { id }, body, who }) {
        const changed = await users.change(who, id, body)
        if (changed.ok) return viewOf(changed.value)
        return changed.fault === 'unknown' ? notFound(`user ${id}`) : refusalOf(changed)
      },
    }),
  ]
}
