/** Listings: what the shops sell, and the links that say of which skus it consists. */

import { z } from 'zod'
import { automatchBooks, type Matching } from '../../catalog/automatch.ts'
import { type Component, linkListing } from '../../catalog/listings.ts'
import { type AccountId, asId, type ListingId, MERCHANT } from '../../domain.ts'
import type { ApiDeps } from '../deps.ts'
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
  matches: z.array(
    z.object({
      account: z.string(),
      listing: z.string(),
      title: z.string(),
      sku: z.string(),
      by: z.enum(['sku', 'gtin']),
    }),
  ),
  doubts: z
    .array(
      z.object({
        account: z.string(),
        listing: z.string(),
        title: z.string(),
        candidates: z.array(z.string()),
        reason: z.string(),
      }),
    )
    .describe('Not linked: a person has to decide'),
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
      async handle({ body }) {
        const known = await one(body.account, body.listing)
        if ('refused' in known) return known
        const unknown = await unknownSkus(deps, body.components)
        if (unknown.length > 0)
          return refuse(422, `There is no sku ${unknown.map(({ sku }) => sku).join(', ')}. Nothing was linked.`, [
            ...unknown.map(({ at }) => ({ field: `components.${at}.sku`, reason: 'is not known' })),
          ])
        const components = body.components.map(({ sku, units }) => ({ sku: asId<'sku'>(sku), units }))
        await link(deps, [
          { account: asId(body.account), listing: asId(body.listing), components, before: known.links },
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
      async handle({ body }) {
        const known = await one(body.account, body.listing)
        if ('refused' in known) return known
        await link(deps, [
          { account: asId(body.account), listing: asId(body.listing), components: [], before: known.links },
        ])
        return await one(body.account, body.listing)
      },
    }),
    route({
      method: 'POST',
      path: '/listings/automatch',
      summary: 'Link unlinked listings by exact sku, then by GTIN',
      needs: 'catalogue',
      body: z.strictObject({ dryRun: z.boolean().default(false), account: z.string().optional() }).prefault({}),
      answer: matching,
      async handle({ body: { dryRun, account } }) {
        if (account !== undefined && !(await deps.accounts.get(account))) return notFound(`account ${account}`)
        const found = await automatchBooks(db, account === undefined ? undefined : asId(account))
        if (!dryRun) await linkMatches(deps, found)
        return {
          dryRun,
          matches: found.matches.map(({ listing: { account, id, title }, sku, by }) => ({
            account,
            listing: id,
            title,
            sku,
            by,
          })),
          doubts: found.doubts.map(({ listing: { account, id, title }, candidates, reason }) => ({
            account,
            listing: id,
            title,
            candidates: [...candidates],
            reason,
          })),
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

interface NewLink {
  readonly account: AccountId
  readonly listing: ListingId
  readonly components: readonly Component[]
  /** What it was linked to until now: those skus are planned again too. */
  readonly before: readonly { readonly sku: string }[]
}

/** Links, plans what it changes, and settles the orders that waited for it. */
async function link({ store, clock, engine }: ApiDeps, links: readonly NewLink[]): Promise<void> {
  await store.transaction(async (tx) => {
    for (const { account, listing, components } of links)
      await linkListing(tx, account, listing, components, clock.now())
  })
  const skus = links.flatMap(({ components, before }) => [...components, ...before].map(({ sku }) => asId<'sku'>(sku)))
  engine.wake(skus)
  await engine.ledger.sweep()
}

const linksPerTransaction = 500

async function linkMatches(deps: ApiDeps, { matches }: Matching): Promise<void> {
  for (let at = 0; at < matches.length; at += linksPerTransaction) {
    const batch = matches.slice(at, at + linksPerTransaction)
    await link(
      deps,
      batch.map(({ listing: { account, id }, sku }) => ({
        account,
        listing: id,
        components: [{ sku, units: 1 }],
        before: [],
      })),
    )
  }
}
