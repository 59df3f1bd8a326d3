/** Listings: what the shops sell, and the links that say of which skus it consists. */

import { z } from 'zod'
import { matchedBy } from '../../catalog/matching.ts'
import { matchBooks } from '../../catalog/matching-books.ts'
import { asId, MERCHANT } from '../../domain.ts'
import type { ApiDeps } from '../deps.ts'
import { changeOf, doubt, doubtView, match, matchView, relink } from '../linking.ts'
import { paged, pageFields, pageOf } from '../paging.ts'
import { auditListings } from '../read/audit.ts'
import { type ListingView, readListings } from '../read/listings.ts'
import { notFound, type Refusal, refuse } from '../refusal.ts'
import { type Route, route } from '../route.ts'

const component = z.strictObject({ sku: z.string().min(1), units: z.int().min(1).max(10_000) })

const listing = z.object({
  account: z.string(),
  listing: z.string(),
  title: z.string(),
  sku: z.string().nullable().describe("The shop's own text; never a key"),
  gtin: z.string().nullable(),
  state: z.string(),
  counting: z.string(),
  register: z.string().nullable(),
  links: z.array(z.object({ sku: z.string(), units: z.int() })).describe('What one sale of it takes'),
})

const linking = z.strictObject({
  account: z.string().min(1),
  listing: z.string().min(1),
  components: z
    .array(component)
    .min(1)
    .max(100)
    .refine((parts) => new Set(parts.map(({ sku }) => sku)).size === parts.length, 'names a sku twice'),
})

const unlinking = z.strictObject({ account: z.string().min(1), listing: z.string().min(1) })

const matching = z.object({
  dryRun: z.boolean(),
  matches: z.array(match),
  doubts: z.array(doubt).describe('Not linked: a person has to decide'),
  unknown: z.int().describe('Listings that name no known sku or GTIN'),
})

const audited = z.object({
  unlinked: z.array(listing).describe('Sold by nobody as far as the count knows'),
  untracked: z.array(listing).describe('The shop does not count them'),
  endless: z.array(listing).describe('The shop sells them below zero'),
  doubled: z.array(listing).describe('Several counters of one shop for the same sku'),
})

export function listingRoutes(deps: ApiDeps): Route[] {
  const { db } = deps.store

  async function one(account: string, id: string): Promise<ListingView | Refusal> {
    const [found] = await readListings(db, { account, listing: id, limit: 1 })
    return found ?? notFound(`listing ${id} of account ${account}`)
  }

  return [
    route({
      method: 'GET',
      path: '/listings',
      summary: 'List what the shops sell',
      needs: 'read',
      query: z.strictObject({
        ...pageFields,
        account: z.string().optional(),
        linked: z.enum(['true', 'false']).optional(),
      }),
      answer: pageOf(listing),
      async handle({ query: { limit, after, account, linked } }) {
        const isLinked = linked === undefined ? undefined : linked === 'true'
        const rows = await readListings(db, { account, isLinked, after, limit: limit + 1 })
        return paged(
          rows,
          limit,
          (row) => [row.account, row.listing],
          (row) => row,
        )
      },
    }),
    route({
      method: 'GET',
      path: '/listings/audit',
      summary: 'What is unlinked, untracked, endless or doubled',
      needs: 'read',
      query: z.strictObject({ account: z.string().optional() }),
      answer: audited,
      handle: ({ query: { account } }) => auditListings(db, account),
    }),
    route({
      method: 'POST',
      path: '/listings/link',
      summary: 'Say which skus a listing sells; replaces what was said before',
      needs: 'catalogue',
      body: linking,
      answer: listing,
      async handle({ body, who }) {
        const known = await one(body.account, body.listing)
        if ('refused' in known) return known
        const unknown = await unknownSkus(deps, body.components)
        if (unknown.length > 0)
          return refuse(422, `There is no sku ${unknown.map(({ sku }) => sku).join(', ')}. Nothing was linked.`, [
            ...unknown.map(({ at }) => ({ field: `components.${at}.sku`, reason: 'is not known' })),
          ])
        await relink(deps, { what: 'link', by: who.name }, [
          { account: body.account, listing: body.listing, parts: body.components },
        ])
        return await one(body.account, body.listing)
      },
    }),
    route({
      method: 'POST',
      path: '/listings/unlink',
      summary: 'Sell nothing by this listing any more; the shop is told nothing more of it',
      needs: 'catalogue',
      body: unlinking,
      answer: listing,
      async handle({ body, who }) {
        const known = await one(body.account, body.listing)
        if ('refused' in known) return known
        await relink(deps, { what: 'unlink', by: who.name }, [
          { account: body.account, listing: body.listing, parts: [] },
        ])
        return await one(body.account, body.listing)
      },
    }),
    route({
      method: 'POST',
      path: '/listings/automatch',
      summary: 'Link unlinked listings by exact sku, then by GTIN; by normalised sku where that is asked for',
      needs: 'catalogue',
      body: z
        .strictObject({
          dryRun: z.boolean().default(false),
          account: z.string().optional(),
          by: z.array(z.enum(matchedBy)).min(1).default(['sku', 'gtin']),
        })
        .prefault({}),
      answer: matching,
      async handle({ body: { dryRun, account, by }, who }) {
        if (account !== undefined && !(await deps.accounts.get(account))) return notFound(`account ${account}`)
        const found = await matchBooks(db, account === undefined ? undefined : asId(account))
        const matches = found.matches.filter((one) => by.includes(one.by))
        if (!dryRun) await relink(deps, { what: 'automatch', by: who.name }, matches.map(changeOf))
        return {
          dryRun,
          matches: matches.map(matchView),
          doubts: found.doubts.map(doubtView),
          unknown: found.unknown.length,
        }
      },
    }),
  ]
}

async function unknownSkus(
  { store }: ApiDeps,
  components: readonly { sku: string }[],
): Promise<{ sku: string; at: number }[]> {
  const rows = await store.db
    .selectFrom('sku')
    .select('sku')
    .where('merchant', '=', MERCHANT)
    .where(
      'sku',
      'in',
      components.map(({ sku }) => sku),
    )
    .execute()
  const known = new Set(rows.map(({ sku }) => sku))
  return components.flatMap(({ sku }, at) => (known.has(sku) ? [] : [{ sku, at }]))
}
