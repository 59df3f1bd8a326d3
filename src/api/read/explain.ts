/** Why the shops show, or showed, what they do of a sku: terms that add up, each with what it is made of. */

import { sql } from 'kysely'
import { z } from 'zod'
import { asId, MERCHANT, POOL } from '../../domain.ts'
import { explainComponent, type RegisterTerms } from '../../planner/explain.ts'
import { registerRules } from '../../planner/rules.ts'
import type { Db } from '../../store/tables.ts'
import { iso, isoOrNull, time } from '../times.ts'
import { idsUpTo, type Past, pastOf, safetyRowOf } from './explain-history.ts'
import type { PastSeller } from './explain-links.ts'
import { noteRows, type TermFacts, termRows } from './explain-terms.ts'
import { type ExplainLanguage, explainWords, momentText, termNames } from './explain-words.ts'
import { isAboutSellers, ruleInForce, rulesInForce, ruleView, ruleViewOf } from './rules.ts'
import { targetUnits } from './skus.ts'

/** Orders, movements and publications shown, newest first; the lists hold them all. */
const rowsMax = 100
const publicationsPerRegister = 10

const terms = z.unknown().describe('What the number was made of, as planned')

const register = z.object({
  account: z.string(),
  register: z.string().nullable(),
  listing: z.string().describe('The first of its listings'),
  listings: z.array(z.string()).describe('Everything that is sold from this counter'),
  unitsPerSale: z.int(),
  alsoSells: z.array(z.string()).describe('Other skus that a sale takes'),
  believedUnits: z.int().nullable().describe('What the shop shows, as far as we know; null until it was looked at'),
  rightsUnits: z.int().nullable().describe('What it may still sell, unseen sales included'),
  terms: z
    .array(z.object({ term: z.enum(termNames), label: z.string(), units: z.int(), why: z.string() }))
    .describe('Signed; they add up to believedUnits × unitsPerSale'),
  shown: z.string().describe('The sum, as a sentence'),
  told: z.string().describe('What the shop was last told, as a sentence'),
  notes: z.array(z.string()).describe('Rules and bundles that limit it'),
  heldForOthers: z.array(z.object({ account: z.string(), register: z.string(), units: z.int() })),
  doubt: z
    .object({ writeUnits: z.int(), checkoutUnits: z.int(), unsettledUnits: z.int(), until: time.nullable() })
    .nullable(),
  rights: z
    .object({ change: z.string(), cause: z.string(), callKey: z.string().nullable(), at: time })
    .nullable()
    .describe('The last change of what it may sell'),
  target: z.object({ units: z.int(), terms, madeAt: time }).nullable().describe('Only of the present'),
  publications: z.array(
    z.object({
      id: z.string(),
      units: z.int(),
      callKey: z.string().nullable(),
      movement: z.string().nullable().describe('The newest movement that it took into account'),
      delivery: z.string().nullable().describe('What brought that movement'),
      terms,
      latencyMs: z.int().nullable(),
      at: time,
    }),
  ),
})

export const explanation = z.object({
  sku: z.string(),
  at: time,
  isPast: z.boolean(),
  policy: z.enum(['strict', 'mirror']),
  onHand: z.int(),
  reserved: z.int(),
  safetyUnits: z.int(),
  allowanceUnits: z.int(),
  available: z.int(),
  promisedUnits: z.int().describe('What all counters together may still sell'),
  poolUnits: z.int().describe('Free for whoever sells next'),
  exposedUnits: z.int().describe('Promised beyond what there is'),
  reservedBy: z.array(
    z.object({
      account: z.string(),
      order: z.string(),
      name: z.string().nullable(),
      phase: z.string().nullable().describe('As it is today'),
      units: z.int(),
    }),
  ),
  reservedByCount: z.int(),
  movements: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      onHandDelta: z.int(),
      reservedDelta: z.int(),
      account: z.string().nullable(),
      order: z.string().nullable(),
      delivery: z.string(),
      reason: z.string().nullable(),
      at: time,
    }),
  ),
  rules: z.array(ruleView).describe('In force then, about this sku or about all of them'),
  shops: z.array(register),
})

type Explanation = z.input<typeof explanation>
type Shop = z.input<typeof register>

export interface ExplainAsk {
  readonly sku: string
  readonly at: number
  readonly isPast: boolean
  readonly language: ExplainLanguage
}

/** The sku must exist, and have existed then. */
export async function explain(db: Db, ask: ExplainAsk): Promise<Explanation> {
  const { sku, at, isPast } = ask
  const past = await pastOf(db, sku, at)
  const component = explainComponent(past.component)
  const holders = await reservedBy(db, sku, at)
  const movements = await movementsUpTo(db, sku, at)
  const known = { past, component, holders, facts: await termFactsOf(db, sku, past, holders, at) }
  const shops: Shop[] = []
  for (const seller of past.sellers) shops.push(await shopOf(db, ask, seller, known))
  return {
    sku,
    at: iso(at),
    isPast,
    policy: component.policy,
    onHand: component.onHand,
    reserved: component.reserved,
    safetyUnits: component.safetyUnits,
    allowanceUnits: component.allowanceUnits,
    available: component.onHand - component.reserved,
    promisedUnits: component.promisedUnits,
    poolUnits: component.poolUnits,
    exposedUnits: component.exposedUnits,
    reservedBy: holders.orders,
    reservedByCount: holders.count,
    movements,
    rules: rulesInForce(
      past.rules.filter((rule) => isAboutSellers(rule, past.sellers)),
      at,
    ).map(ruleViewOf),
    shops,
  }
}

interface Known {
  readonly past: Past
  readonly component: ReturnType<typeof explainComponent>
  readonly holders: Holders
  readonly facts: TermFacts
}

async function shopOf(db: Db, ask: ExplainAsk, seller: PastSeller, { past, component, facts }: Known): Promise<Shop> {
  const words = explainWords[ask.language]
  const { account, register, listings, unitsPerSale, alsoSells } = seller
  const found = component.registers.find((one) => one.account === account && one.register === register)
  const subject = {
    account,
    listings: listings.map((id) => asId<'listing'>(id)),
    skus: [ask.sku, ...alsoSells].map((id) => asId<'sku'>(id)),
  }
  const publications = await publicationsUpTo(db, ask.sku, account, register, ask.at)
  const [last] = publications
  const told = last ? words.told(last.units, momentText(Date.parse(last.at))) : words.notTold
  const rows = found ? termRows(component, found, facts, words) : []
  return {
    account,
    register,
    listing: listings[0] ?? '',
    listings: [...listings],
    unitsPerSale,
    alsoSells: [...alsoSells],
    believedUnits: found?.shownUnits ?? null,
    rightsUnits: found?.rightsUnits ?? null,
    terms: rows.map((row) => ({ ...row, label: words.labels[row.term] })),
    shown: found ? words.shown(found.shownUnits, unitsPerSale) : words.unseen,
    told,
    notes: noteRows(registerRules(past.rules, subject, ask.at), ask.at, alsoSells, words),
    heldForOthers: (found?.others ?? []).slice(0, rowsMax).map((held) => ({ ...held })),
    doubt: found ? { ...found.doubt, until: isoOrNull(found.doubt.until) } : null,
    rights: found ? rightsOf(found) : null,
    target: ask.isPast ? null : await targetOf(db, account, register),
    publications,
  }
}

const rightsOf = ({ rights }: RegisterTerms): Shop['rights'] => ({
  change: rights.id,
  cause: rights.cause,
  callKey: rights.callKey,
  at: iso(rights.at),
})

async function termFactsOf(db: Db, sku: string, past: Past, holders: Holders, at: number): Promise<TermFacts> {
  const newest = await movementsOf(db, sku, at)
    .select(['id', 'kind', 'on_hand_delta', 'reason', 'at'])
    .where('on_hand_delta', '<>', 0)
    .limit(1)
    .executeTakeFirst()
  const safety = safetyRowOf(past.rules)
  return {
    newestMovement: newest,
    orders: holders.orders.map(({ name, order, units }) => ({ name: name ?? order, units })),
    orderCount: holders.count,
    safety: Number(safety?.value ?? 0) === 0 ? undefined : safety,
    allowance: ruleInForce(past.rules, 'allowance', { skus: [asId<'sku'>(sku)] }, at),
  }
}

/** Newest first. */
const movementsOf = (db: Db, sku: string, at: number) =>
  db
    .selectFrom('movement')
    .where('merchant', '=', MERCHANT)
    .where('pool', '=', POOL)
    .where('sku', '=', sku)
    .where('id', '<', idsUpTo(at))
    .orderBy('id', 'desc')

interface Holders {
  readonly orders: Explanation['reservedBy']
  readonly count: number
}

/** The orders whose movements up to then hold units, newest first. */
async function reservedBy(db: Db, sku: string, at: number): Promise<Holders> {
  const holding = db
    .selectFrom('movement')
    .select(['movement.account', 'movement.order_id'])
    .select((eb) => [eb.fn.sum<number>('movement.reserved_delta').as('units'), eb.fn.max('movement.id').as('newest')])
    .where('movement.merchant', '=', MERCHANT)
    .where('movement.pool', '=', POOL)
    .where('movement.sku', '=', sku)
    .where('movement.id', '<', idsUpTo(at))
    .where('movement.order_id', 'is not', null)
    .groupBy(['movement.account', 'movement.order_id'])
    .having((eb) => eb(eb.fn.sum('movement.reserved_delta'), '<>', 0))
  const { n } = await db
    .selectFrom(holding.as('holding'))
    .select(sql<number>`count(*)`.as('n'))
    .executeTakeFirstOrThrow()
  const rows = await db
    .selectFrom(holding.orderBy('newest', 'desc').limit(rowsMax).as('holding'))
    .leftJoin('order_head', (join) =>
      join.onRef('order_head.account', '=', 'holding.account').onRef('order_head.order_id', '=', 'holding.order_id'),
    )
    .select(['holding.account', 'holding.order_id', 'holding.units', 'order_head.name', 'order_head.phase'])
    .orderBy('holding.newest', 'desc')
    .execute()
  const orders = rows.map(({ account, order_id, name, phase, units }) => ({
    account: account ?? '',
    order: order_id ?? '',
    name,
    phase,
    units: Number(units),
  }))
  return { orders, count: Number(n) }
}

async function movementsUpTo(db: Db, sku: string, at: number): Promise<Explanation['movements']> {
  const rows = await movementsOf(db, sku, at).selectAll().limit(rowsMax).execute()
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    onHandDelta: row.on_hand_delta,
    reservedDelta: row.reserved_delta,
    account: row.account,
    order: row.order_id,
    delivery: row.delivery,
    reason: row.reason,
    at: iso(row.at),
  }))
}

async function targetOf(db: Db, account: string, register: string): Promise<Shop['target']> {
  const intent = await db
    .selectFrom('intent')
    .select(['target', 'terms', 'made_at'])
    .where('account', '=', account)
    .where('kind', '=', 'stock')
    .where('subject', '=', register)
    .executeTakeFirst()
  return intent
    ? { units: targetUnits(intent.target), terms: JSON.parse(intent.terms), madeAt: iso(intent.made_at) }
    : null
}

/** What the shop had acknowledged by then, newest first, with what was the reason for the newest of them. */
async function publicationsUpTo(
  db: Db,
  sku: string,
  account: string,
  register: string,
  at: number,
): Promise<Shop['publications']> {
  const rows = await db
    .selectFrom('publication')
    .leftJoin('call', 'call.key', 'publication.call_key')
    .select(['publication.id', 'publication.units', 'publication.terms', 'publication.call_key'])
    .select(['publication.latency_ms', 'publication.at', 'call.created_at'])
    .where('publication.account', '=', account)
    .where('publication.register', '=', register)
    .where('publication.id', '<', idsUpTo(at))
    .orderBy('publication.id', 'desc')
    .limit(publicationsPerRegister)
    .execute()
  const told: Shop['publications'] = []
  for (const { id, units, call_key, latency_ms, created_at, ...row } of rows) {
    const behind =
      created_at === null
        ? undefined
        : await movementsOf(db, sku, created_at).select(['id', 'delivery']).limit(1).executeTakeFirst()
    told.push({
      id,
      units,
      callKey: call_key,
      movement: behind?.id ?? null,
      delivery: behind?.delivery ?? null,
      terms: JSON.parse(row.terms),
      latencyMs: latency_ms,
      at: iso(row.at),
    })
  }
  return told
}
