/** Accounts: connecting shops, and what can be asked of one. */

import { z } from 'zod'
import type { Account } from '../../accounts/accounts.ts'
import { asId } from '../../domain.ts'
import type { ApiDeps } from '../deps.ts'
import { paged, pageOf, pageQuery } from '../paging.ts'
import { notFound, type Refusal, refuse } from '../refusal.ts'
import { type Route, route } from '../route.ts'
import { iso, isoOrNull, time } from '../times.ts'

const account = z
  .object({
    id: z.string(),
    platform: z.string(),
    title: z.string(),
    shop: z.string(),
    origin: z.string(),
    settings: z.record(z.string(), z.unknown()),
    fulfilledBy: z.string().nullable().describe('The account that ships its orders; null: it ships them itself'),
    countsStock: z
      .boolean()
      .describe('The stock authority: what people count in this shop is the stock; else Onhand counts'),
    state: z.enum(['active', 'paused', 'broken']),
    liveAt: time.nullable().describe('When it was first let be written to; null while it is only read'),
    reason: z.string().nullable(),
    createdAt: time,
    updatedAt: time,
  })
  .describe('A connected shop; its credentials are never shown')

const newAccount = z.strictObject({
  platform: z.string().min(1),
  title: z.string().min(1).max(200),
  shop: z.string().min(1).max(500).describe("The shop's own identity, such as store.myshopify.com"),
  origin: z.url({ protocol: /^https?$/ }).describe('Where its API is reached'),
  credentials: z.record(z.string(), z.unknown()),
  settings: z.record(z.string(), z.unknown()).default({}),
})

const change = z.strictObject({
  title: z.string().min(1).max(200).optional(),
  fulfilledBy: z.string().nullable().optional(),
  countsStock: z.boolean().optional(),
  state: z.enum(['active', 'paused']).optional(),
})

const observed = z.object({ compared: z.int(), drifted: z.int(), unsettled: z.int(), skus: z.array(z.string()) })

const subscriptions = z.object({
  wanted: z.array(z.string()),
  found: z.array(z.string()),
  missing: z.array(z.string()),
  broken: z.array(z.object({ topic: z.string(), reason: z.string() })),
})

function viewOf(found: Account): z.input<typeof account> {
  return {
    id: found.id,
    platform: found.platform,
    title: found.title,
    shop: found.shop,
    origin: found.origin,
    settings: found.settings,
    fulfilledBy: found.fulfilled_by,
    countsStock: found.counts_stock === 1,
    state: found.state,
    liveAt: isoOrNull(found.live_at),
    reason: found.reason,
    createdAt: iso(found.created_at),
    updatedAt: iso(found.updated_at),
  }
}

export function accountRoutes(deps: ApiDeps): Route[] {
  const { accounts, engine } = deps

  /** What nobody has let go live is not resumed by the way: the dry run stands before it, and its shelf is kept first. */
  async function refusedAsNotLive(id: string): Promise<Refusal | undefined> {
    const found = await accounts.get(id)
    if (!found || found.live_at !== null) return undefined
    return refuse(
      409,
      `This shop has never been live. Look at /api/accounts/${id}/dry-run, then send POST /api/accounts/${id}/go-live.`,
    )
  }

  async function setState(id: string, state: 'active' | 'paused') {
    const refused = state === 'active' ? await refusedAsNotLive(id) : undefined
    if (refused) return refused
    const changed = await accounts.change(id, { state, reason: null })
    if (!changed) return notFound(`account ${id}`)
    engine.wake()
    return viewOf(changed)
  }

  return [
    route({
      method: 'POST',
      path: '/accounts',
      summary: 'Connect a shop',
      needs: 'shops',
      body: newAccount,
      answer: account,
      status: 201,
      async handle({ body }) {
        const created = await accounts.create(body)
        if (created.ok) return viewOf(created.account)
        return refuse(422, `The shop was not connected. ${created.reason}`, [
          { field: created.field, reason: created.reason },
        ])
      },
    }),
    route({
      method: 'GET',
      path: '/accounts',
      summary: 'List the connected shops',
      needs: 'read',
      query: pageQuery,
      answer: pageOf(account),
      async handle({ query: { limit, after } }) {
        // A merchant has a handful: they are listed whole and cut here.
        const all = (await accounts.list()).toSorted((a, b) => (a.id < b.id ? -1 : 1))
        const from = after ? all.filter(({ id }) => id > String(after[0])) : all
        return paged(from.slice(0, limit + 1), limit, ({ id }) => [id], viewOf)
      },
    }),
    route({
      method: 'GET',
      path: '/accounts/:id',
      summary: 'Show one connected shop',
      needs: 'read',
      answer: account,
      async handle({ params: { id } }) {
        const found = await accounts.get(id)
        return found ? viewOf(found) : notFound(`account ${id}`)
      },
    }),
    route({
      method: 'PATCH',
      path: '/accounts/:id',
      summary: 'Rename a shop, say who ships its orders, pause or resume it',
      needs: 'shops',
      body: change,
      answer: account,
      async handle({ params: { id }, body }) {
        const { fulfilledBy } = body
        const refused = body.state === 'active' ? await refusedAsNotLive(id) : undefined
        if (refused) return refused
        if (fulfilledBy === id)
          return refuse(422, 'A shop that ships its own orders has fulfilledBy null.', [
            { field: 'fulfilledBy', reason: 'is the account itself' },
          ])
        if (typeof fulfilledBy === 'string' && !(await accounts.get(fulfilledBy)))
          return refuse(422, `There is no account ${fulfilledBy}.`, [
            { field: 'fulfilledBy', reason: 'is no connected shop' },
          ])
        if (body.countsStock && !(await accounts.open(id))?.channel.abilities.countsOnHand)
          return refuse(422, 'This shop has one number only: it cannot be the count and what may be sold at once.', [
            { field: 'countsStock', reason: 'needs a shop that counts on hand apart; let Onhand count instead' },
          ])
        const changed = await accounts.change(id, { ...body, ...(body.state ? { reason: null } : {}) })
        if (!changed) return notFound(`account ${id}`)
        engine.wake()
        return viewOf(changed)
      },
    }),
    route({
      method: 'POST',
      path: '/accounts/:id/pause',
      summary: 'Tell the shop nothing more; it is still read',
      needs: 'shops',
      answer: account,
      handle: ({ params: { id } }) => setState(id, 'paused'),
    }),
    route({
      method: 'POST',
      path: '/accounts/:id/resume',
      summary: 'Go on telling the shop',
      needs: 'shops',
      answer: account,
      handle: ({ params: { id } }) => setState(id, 'active'),
    }),
    route({
      method: 'POST',
      path: '/accounts/:id/subscribe',
      summary: "Make the shop's webhooks what they should be, and show what they are",
      needs: 'shops',
      answer: subscriptions,
      async handle({ params: { id } }) {
        const opened = await accounts.open(id)
        if (!opened) return notFound(`account ${id}`)
        const { subscriptions: webhooks } = opened.channel
        await webhooks.repair()
        const { found, missing, broken } = await webhooks.audit()
        return { wanted: [...webhooks.wanted()], found: [...found], missing: [...missing], broken: [...broken] }
      },
    }),
    route({
      method: 'POST',
      path: '/accounts/:id/observe',
      summary: "Compare the shop's shelves with the books now",
      needs: 'work',
      answer: observed,
      async handle({ params: { id } }) {
        if (!(await accounts.get(id))) return notFound(`account ${id}`)
        const { compared, drifted, unsettled, skus } = await engine.observe(asId(id))
        return { compared, drifted, unsettled, skus: [...skus] }
      },
    }),
  ]
}
