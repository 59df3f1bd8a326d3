/** Matching listings to skus by what the shop says of them. A proposal says why and how sure it is; a doubt is never decided, and a title is never more than a hint. */

import type { AccountId, ListingId, SkuId } from '../domain.ts'

export interface MatchListing {
  readonly account: AccountId
  readonly id: ListingId
  readonly title: string
  readonly sku: string | null
  readonly gtin: string | null
  readonly register: string | null
  readonly group: string | null
}

export interface MatchSku {
  readonly sku: SkuId
  readonly gtin: string | null
  readonly title?: string
}

/** A sku that a shop sells already, from this counter. */
export interface MatchLink {
  readonly account: string
  readonly sku: string
  readonly listing: string
  readonly counter: string
}

/** By what a listing was matched, the surest first. */
export const matchedBy = ['sku', 'gtin', 'normalised'] as const
export type MatchedBy = (typeof matchedBy)[number]

/**
 * How sure each is, from 0 to 1. The same text in both places is what merchants mean by a sku; a GTIN is now and then put on a pack and
 * on what is in it alike; spelling that was evened out can make two skus one.
 */
export const confidence: Readonly<Record<MatchedBy, number>> = { sku: 1, gtin: 0.95, normalised: 0.8 }

export interface Match {
  readonly listing: MatchListing
  readonly sku: SkuId
  readonly by: MatchedBy
  readonly confidence: number
  readonly reason: string
}

/** More than one answer, or two that contradict each other. */
export interface Doubt {
  readonly listing: MatchListing
  readonly candidates: readonly SkuId[]
  readonly reason: string
}

/** Nothing that it says is known; `hint` is a sku with the same title. */
export interface Unknown {
  readonly listing: MatchListing
  readonly hint?: SkuId
}

export interface Matching {
  readonly matches: readonly Match[]
  readonly doubts: readonly Doubt[]
  readonly unknown: readonly Unknown[]
}

export interface Matcher {
  /** Listings without a link, in any number of portions. */
  add(listings: readonly MatchListing[]): void
  /** Two listings that claim the same can only be told apart when all have been seen. */
  end(): Matching
}

const counterOf = ({ group, register, id }: MatchListing): string => group ?? register ?? id
const claimOf = (account: string, sku: string) => `${account}\u0000${sku}`

/** Pure but for what it gathers. `skus` are all there are, `links` what is sold already. */
export function createMatcher(skus: readonly MatchSku[], links: readonly MatchLink[] = []): Matcher {
  const byCode = grouped(skus, ({ sku }) => sku.trim())
  const byGtin = grouped(skus, ({ gtin }) => gtinKey(gtin))
  const byNormal = grouped(skus, ({ sku }) => normalSku(sku))
  const byTitle = grouped(skus, ({ title }) => normalTitle(title))
  const linked = new Map<string, MatchLink[]>()
  for (const link of links) push(linked, claimOf(link.account, link.sku), link)
  const claims = new Map<string, Match[]>()
  const doubts: Doubt[] = []
  const unknown: Unknown[] = []

  function judge(listing: MatchListing): Match | Doubt | Unknown {
    const codes = byCode.get(listing.sku?.trim() ?? '') ?? []
    const gtins = byGtin.get(gtinKey(listing.gtin) ?? '') ?? []
    const normals = byNormal.get(normalSku(listing.sku) ?? '') ?? []
    const own = codes.length > 0 ? codes : normals
    const both = [...new Set([...own, ...gtins])]
    const doubt = (reason: string): Doubt => ({ listing, candidates: both, reason })
    if (own.length > 0 && gtins.length > 0 && !own.some((sku) => gtins.includes(sku)))
      return doubt('Its sku and its GTIN name different skus.')
    const agreed = own.length > 1 ? own.filter((sku) => gtins.includes(sku)) : own
    const [only] = agreed
    if (only !== undefined && agreed.length === 1) {
      const by = codes.includes(only) ? 'sku' : 'normalised'
      const also = gtins.includes(only) ? ', and so is its GTIN' : ''
      const reason = by === 'sku' ? `Its sku is the same${also}.` : `Its sku is the same but for spelling${also}.`
      return { listing, sku: only, by, confidence: gtins.includes(only) ? 1 : confidence[by], reason }
    }
    if (own.length > 1) return doubt(`${own.length} skus differ from its sku in spelling only.`)
    if (gtins.length > 1) return doubt(`${gtins.length} skus have its GTIN.`)
    if (gtins[0])
      return { listing, sku: gtins[0], by: 'gtin', confidence: confidence.gtin, reason: 'Its GTIN is the same.' }
    const titles = byTitle.get(normalTitle(listing.title) ?? '') ?? []
    return { listing, ...(titles.length === 1 && { hint: titles[0] }) }
  }

  /** Another counter of the same shop that sells the same shows the whole stock a second time: often a mistake. */
  function refusalOf(match: Match): string | undefined {
    const key = claimOf(match.listing.account, match.sku)
    const same = claims.get(key) ?? []
    const counters = new Set(same.map(({ listing }) => counterOf(listing)))
    if (counters.size > 1)
      return `${same.length} listings of this account claim the same sku: ${same.map(({ listing }) => listing.id).join(', ')}. Link the right ones by hand.`
    const other = linked.get(key)?.find(({ counter }) => !counters.has(counter))
    return (
      other && `Listing ${other.listing} of this account sells this sku already. Link both by hand if that is meant.`
    )
  }

  return {
    add(listings) {
      for (const listing of listings) {
        const found = judge(listing)
        if ('sku' in found) push(claims, claimOf(listing.account, found.sku), found)
        else if ('candidates' in found) doubts.push(found)
        else unknown.push(found)
      }
    },
    end() {
      const matches: Match[] = []
      const refused: Doubt[] = []
      for (const same of claims.values())
        for (const match of same) {
          const reason = refusalOf(match)
          if (reason === undefined) matches.push(match)
          else refused.push({ listing: match.listing, candidates: [match.sku], reason })
        }
      return { matches: matches.sort(inOrder), doubts: [...doubts, ...refused].sort(inOrder), unknown }
    },
  }
}

export function matchListings(
  listings: readonly MatchListing[],
  skus: readonly MatchSku[],
  links: readonly MatchLink[] = [],
): Matching {
  const matcher = createMatcher(skus, links)
  matcher.add(listings)
  return matcher.end()
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
const inOrder = (a: { readonly listing: MatchListing }, b: { readonly listing: MatchListing }) =>
  compare(a.listing.account, b.listing.account) || compare(a.listing.id, b.listing.id)

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const known = map.get(key)
  if (known) known.push(value)
  else map.set(key, [value])
}

function grouped(skus: readonly MatchSku[], keyOf: (sku: MatchSku) => string | undefined): Map<string, SkuId[]> {
  const groups = new Map<string, SkuId[]>()
  for (const sku of skus) {
    const key = keyOf(sku)
    if (key) push(groups, key, sku.sku)
  }
  return groups
}

/** GTIN-8, -12, -13 and -14 of the same thing differ in leading zeros only. */
export function gtinKey(gtin: string | null): string | undefined {
  const digits = (gtin ?? '').replaceAll(/[\s-]/g, '').replace(/^0+/, '')
  return /^\d{6,14}$/.test(digits) ? digits : undefined
}

/** Capitals, spaces and what people put between parts do not make another sku. */
export function normalSku(sku: string | null): string | undefined {
  const text = (sku ?? '')
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[\s._/\\-]+/g, '')
  return text === '' ? undefined : text
}

function normalTitle(title: string | undefined): string | undefined {
  const words =
    (title ?? '')
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  return words.length === 0 ? undefined : words.toSorted().join(' ')
}
