/** Tokens of this API, and the book of who did what. */

import { z } from 'zod'
import { permissions } from '../../users/roles.ts'
import type { ApiToken } from '../../users/tokens.ts'
import type { ApiDeps } from '../deps.ts'
import { beyond, paged, pageFields, pageOf } from '../paging.ts'
import { notFound, refuse } from '../refusal.ts'
import { type Route, route } from '../route.ts'
import { iso, isoOrNull, moment, time } from '../times.ts'

const token = z.object({
  id: z.string(),
  title: z.string(),
  scopes: z.array(z.enum(permissions)),
  madeBy: z.string(),
  createdAt: time,
  expiresAt: time.nullable(),
  usedAt: time.nullable().describe('To the minute'),
  revokedAt: time.nullable(),
})

const newToken = z.strictObject({
  title: z.string().trim().min(1).max(100).describe('What it is for'),
  scopes: z.array(z.enum(permissions)).min(1),
  expiresAt: moment.nullable().default(null).describe('Null: until it is revoked'),
})

const deed = z.object({
  id: z.string(),
  at: time,
  who: z.object({ kind: z.enum(['user', 'token', 'key', 'system']), id: z.string(), name: z.string() }),
  what: z.string(),
  subject: z.string(),
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  from: z.string().nullable().describe('The network address'),
})

const viewOf = (one: ApiToken): z.input<typeof token> => ({
  ...one,
  scopes: [...one.scopes],
  createdAt: iso(one.createdAt),
  expiresAt: isoOrNull(one.expiresAt),
  usedAt: isoOrNull(one.usedAt),
  revokedAt: isoOrNull(one.revokedAt),
})

export function accessRoutes({ identity: { tokens }, store: { db }, clock }: ApiDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/tokens',
      summary: 'List the tokens, never what they are',
      needs: 'access',
      answer: z.object({ items: z.array(token) }),
      handle: async () => ({ items: (await tokens.list()).map(viewOf) }),
    }),
    route({
      method: 'POST',
      path: '/tokens',
      summary: 'Make a token; its secret is shown in this answer and never again',
      needs: 'access',
      isSecret: true,
      body: newToken,
      answer: token.extend({ token: z.string() }),
      status: 201,
      async handle({ body, who }) {
        const expiresAt = body.expiresAt === null ? null : Date.parse(body.expiresAt)
        if (expiresAt !== null && expiresAt <= clock.now())
          return refuse(422, 'A token must end in the future. None was made.', [
            { field: 'expiresAt', reason: 'is in the past' },
          ])
        const made = await tokens.create(who, { ...body, expiresAt })
        if (made.ok) return { ...viewOf(made.token), token: made.secret }
        return refuse(403, `${who.name} cannot give what it does not have: ${made.missing.join(', ')}.`)
      },
    }),
    route({
      method: 'POST',
      path: '/tokens/:id/revoke',
      summary: 'End a token at once',
      needs: 'access',
      answer: token,
      async handle({ params: { id }, who }) {
        const revoked = await tokens.revoke(who, id)
        return revoked ? viewOf(revoked) : notFound(`token ${id}`)
      },
    }),
    route({
      method: 'GET',
      path: '/audit',
      summary: 'List who did what, newest first',
      needs: 'access',
      query: z.strictObject({ ...pageFields, subject: z.string().optional(), what: z.string().optional() }),
      answer: pageOf(deed),
      async handle({ query: { limit, after, subject, what } }) {
        const rows = await db
          .selectFrom('audit')
          .selectAll()
          .$if(subject !== undefined, (query) => query.where('subject', '=', subject ?? ''))
          .$if(what !== undefined, (query) => query.where('what', '=', what ?? ''))
          .where(beyond(['id desc'], after))
          .orderBy('id', 'desc')
          .limit(limit + 1)
          .execute()
        return paged(
          rows,
          limit,
          (row) => [row.id],
          (row) => ({
            id: row.id,
            at: iso(row.at),
            who: { kind: row.who_kind, id: row.who_id, name: row.who_name },
            what: row.what,
            subject: row.subject,
            detail: JSON.parse(row.detail),
            from: row.from_address,
          }),
        )
      },
    }),
  ]
}
