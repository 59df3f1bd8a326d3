/** Linking many listings: proposals that a person confirms, a file in, and taking the last of it back. */

import { z } from 'zod'
import { textOf } from '../../catalog/csv.ts'
import type { Matching } from '../../catalog/matching.ts'
import { matchBooks } from '../../catalog/matching-books.ts'
import { lastAction, undoLast } from '../../catalog/undo.ts'
import { asId, MERCHANT } from '../../domain.ts'
import type { ApiDeps } from '../deps.ts'
import { doubt, doubtView, match, matchView, relink } from '../linking.ts'
import { takeLinks } from '../links-file.ts'
import { paged, pageFields, pageOf } from '../paging.ts'
import { readListings } from '../read/listings.ts'
import { type FieldError, notFound, refuse } from '../refusal.ts'
import { type Route, route } from '../route.ts'
import { iso, time } from '../times.ts'

const proposal = z.union([
  match.extend({ kind: z.literal('match') }),
  doubt.extend({ kind: z.literal('doubt') }),
  z.object({
    kind: z.literal('unknown'),
    account: z.string(),
    listing: z.string(),
    title: z.string(),
    hint: z.string().nullable().describe('A sku with the same title: to look at, never to link by'),
  }),
])

const kinds = ['match', 'doubt', 'unknown'] as const

const proposals = pageOf(proposal).extend({
  counts: z.object({ match: z.int(), doubt: z.int(), unknown: z.int() }),
})

const confirmation = z.strictObject({
  links: z
    .array(z.strictObject({ account: z.string().min(1), listing: z.string().min(1), sku: z.string().min(1) }))
    .min(1)
    .max(500)
    .refine(
      (links) => new Set(links.map(({ account, listing }) => `${account}\u0000${listing}`)).size === links.length,
      'names a listing twice',
    ),
})

const file = z
  .strictObject({
    csv: z.string().optional().describe('The file as text'),
    base64: z.base64().optional().describe('The file as it is on the disk: UTF-8 or Windows-1252'),
    dryRun: z.boolean().default(false),
  })
  .refine(({ csv, base64 }) => (csv === undefined) !== (base64 === undefined), 'needs either csv or base64')

const action = z.object({
  action: z.string(),
  what: z.enum(['link', 'unlink', 'confirm', 'automatch', 'file', 'undo']),
  by: z.string(),
  at: time,
  listings: z.int(),
})

export const fieldErrorsOf = (
  errors: readonly { line: number; column: string | null; reason: string }[],
): FieldError[] =>
  errors.map(({ line, column, reason }) => ({ field: `line ${line}${column === null ? '' : `, ${column}`}`, reason }))

export function listingLinkRoutes(deps: ApiDeps): Route[] {
  const { store } = deps
  const { db } = store

  return [
    route({
      method: 'GET',
      path: '/listings/proposals',
      summary:
        'What each unlinked listing could sell, why, and how sure that is; what is in doubt, with all candidates',
      needs: 'read',
      query: z.strictObject({ ...pageFields, account: z.string().optional(), kind: z.enum(kinds).default('match') }),
      answer: proposals,
      async handle({ query: { limit, after, account, kind } }) {
        if (account !== undefined && !(await deps.accounts.get(account))) return notFound(`account ${account}`)
        const found = await matchBooks(db, account === undefined ? undefined : asId(account))
        const [fromAccount = '', fromListing = ''] = (after ?? []).map(String)
        const rest = viewsOf[kind](found).filter(
          (one) => one.account > fromAccount || (one.account === fromAccount && one.listing > fromListing),
        )
        return {
          ...paged(
            rest.slice(0, limit + 1),
            limit,
            (one) => [one.account, one.listing],
            (one) => one,
          ),
          counts: { match: found.matches.length, doubt: found.doubts.length, unknown: found.unknown.length },
        }
      },
    }),
    route({
      method: 'POST',
      path: '/listings/confirm',
      summary: 'Link these unlinked listings to these skus, one unit per sale: all of them or none',
      needs: 'catalogue',
      body: confirmation,
      answer: z.object({ linked: z.int() }),
      async handle({ body: { links }, who }) {
        const faults = await confirmFaults(deps, links)
        if (faults.length > 0)
          return refuse(409, 'Nothing was linked: see errors, and ask for the proposals again.', faults)
        await relink(
          deps,
          { what: 'confirm', by: who.name },
          links.map(({ account, listing, sku }) => ({ account, listing, parts: [{ sku, units: 1 }] })),
        )
        return { linked: links.length }
      },
    }),
    route({
      method: 'POST',
      path: '/listings/csv',
      summary:
        'Take a file with the columns of GET /api/listings.csv: account, listing, sku and units are read. Each listing it names then sells what its lines say, nothing where the sku is empty. A fault in any line changes nothing',
      needs: 'catalogue',
      body: file,
      answer: z.object({ dryRun: z.boolean(), lines: z.int(), listings: z.int(), changed: z.int() }),
      async handle({ body: { csv, base64, dryRun }, who }) {
        const text = csv ?? textOf(Buffer.from(base64 ?? '', 'base64'))
        const taken = await takeLinks(deps, text, { dryRun, by: who.name })
        if (!taken.ok)
          return refuse(422, 'The file was not taken, and nothing was changed.', fieldErrorsOf(taken.errors))
        const { lines, listings, changed } = taken
        return { dryRun, lines, listings, changed }
      },
    }),
    route({
      method: 'GET',
      path: '/listings/last-action',
      summary: 'The last linking, which POST /listings/undo would take back',
      needs: 'read',
      answer: action,
      async handle() {
        const last = await lastAction(db)
        if (!last) return notFound('linking to take back')
        return { action: last.id, what: last.what, by: last.by, at: iso(last.at), listings: last.listings }
      },
    }),
    route({
      method: 'POST',
      path: '/listings/undo',
      summary:
        'Take the last linking back, however many listings it was; refused when one of them was linked anew since',
      needs: 'catalogue',
      answer: action,
      async handle({ who }) {
        const undone = await undoLast(store, { by: who.name, at: deps.clock.now() })
        if (!undone.ok) {
          if (!undone.action) return refuse(409, 'There is no linking to take back.')
          return refuse(
            409,
            'Listings of it were linked anew since. Nothing was taken back; link these by hand.',
            undone.conflicts.map(({ account, listing }) => ({
              field: `${account}/${listing}`,
              reason: 'was linked anew',
            })),
          )
        }
        deps.engine.wake(undone.skus.map((sku) => asId<'sku'>(sku)))
        const { id, what, by, at } = undone.action
        return { action: id, what, by, at: iso(at), listings: undone.listings }
      },
    }),
  ]
}

type Proposal = z.input<typeof proposal>

const viewsOf: Readonly<Record<(typeof kinds)[number], (found: Matching) => Proposal[]>> = {
  match: ({ matches }) => matches.map((one) => ({ kind: 'match', ...matchView(one) })),
  doubt: ({ doubts }) => doubts.map((one) => ({ kind: 'doubt', ...doubtView(one) })),
  unknown: ({ unknown }) =>
    unknown.map(({ listing: { account, id, title }, hint }) => ({
      kind: 'unknown',
      account,
      listing: id,
      title,
      hint: hint ?? null,
    })),
}

type Confirmed = z.output<typeof confirmation>['links']

/** What was proposed may have changed since somebody read it. */
export async function confirmFaults({ store: { db } }: ApiDeps, links: Confirmed): Promise<FieldError[]> {
  const skus = await db
    .selectFrom('sku')
    .select('sku')
    .where('merchant', '=', MERCHANT)
    .where('sku', 'in', [...new Set(links.map(({ sku }) => sku))])
    .execute()
  const known = new Set(skus.map(({ sku }) => sku))
  const faults: FieldError[] = []
  for (const [at, { account, listing, sku }] of links.entries()) {
    const [found] = await readListings(db, { account, listing, limit: 1 })
    const fault = (name: string, reason: string) => faults.push({ field: `links.${at}.${name}`, reason })
    if (!found || found.state === 'deleted') fault('listing', `account ${account} has no listing ${listing}`)
    else if (found.links.length > 0) fault('listing', `${listing} is linked already`)
    if (!known.has(sku)) fault('sku', `there is no sku ${sku}`)
  }
  return faults
}
