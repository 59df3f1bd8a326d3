/** Rules: what a merchant decides about the numbers, for everything, a sku, a shop or one listing of it. */

import { z } from 'zod'
import { setRule } from '../../catalog/rules.ts'
import { setSafetyStock } from '../../catalog/skus.ts'
import { asId, MERCHANT, type SkuId } from '../../domain.ts'
import { may, type Who } from '../../users/roles.ts'
import type { ApiDeps } from '../deps.ts'
import { beyond, paged, pageFields, pageOf } from '../paging.ts'
import { ruleRows, rulesInForce, rulesToCome, ruleView, ruleViewOf, type Scope } from '../read/rules.ts'
import { notFound, type Refusal, refuse } from '../refusal.ts'
import { type Route, route } from '../route.ts'
import { moment } from '../times.ts'
import {
  allowedRules,
  faultsOfRule,
  type RuleAsk,
  type SettableName,
  scopeFaults,
  settableNames,
} from './rules-checks.ts'

const id = z.string().min(1).max(500)
const scopeFields = {
  account: id.optional().describe('Only for this shop'),
  listing: id.optional().describe('Only for this listing of it'),
  sku: id.optional().describe('Only for this sku'),
}
const name = z
  .enum(settableNames)
  .describe(settableNames.map((one) => `${one}: ${allowedRules[one].meaning}`).join('; '))

const decision = z.strictObject({
  name,
  value: z.union([z.string().max(100), z.number()]).transform(String),
  ...scopeFields,
  from: moment.optional().describe('Holds from then on; now when absent'),
  until: moment.optional().describe('Holds until then; what held before holds again'),
})

const listed = ruleView.extend({ state: z.enum(['on', 'scheduled']) })

const instant = (text: string | undefined) => (text === undefined ? undefined : Date.parse(text))

export function ruleRoutes(deps: ApiDeps): Route[] {
  const { store, clock, engine, identity } = deps
  const { db } = store

  /** The policy says whether anything is protected at all: that is for who runs the installation. */
  const forbidden = (who: Who, given: SettableName): Refusal | undefined =>
    given === 'policy' && !may(who, 'settings')
      ? refuse(403, `${who.name} may not change the policy: it needs the permission \`settings\`.`)
      : undefined

  /** Says it, for ever: rules are only ever added to. A value of null takes back what was said for the scope. */
  async function say(who: Who, ask: Omit<RuleAsk, 'value'> & { value: string | null }) {
    const { name, value, account, listing, sku, from, until } = ask
    const said = await store.transaction(async (tx) => {
      const context = { now: clock.now(), newId: store.newId, by: who.name }
      const detail = { value, account: account ?? null, listing: listing ?? null, sku: sku ?? null }
      await identity.audit(tx, { who, what: value === null ? 'rule.removed' : 'rule.set', subject: name, detail })
      if (name === 'safety') {
        await setSafetyStock(tx, asId(sku ?? ''), Number(value ?? 0), context)
        const row = await ruleRows(tx, { sku }, name).orderBy('id', 'desc').limit(1).executeTakeFirstOrThrow()
        return row.id
      }
      const scope = {
        ...(account !== undefined && { account: asId<'account'>(account) }),
        ...(listing !== undefined && { listing: asId<'listing'>(listing) }),
        ...(sku !== undefined && { sku: asId<'sku'>(sku) }),
        ...(from !== undefined && { from }),
        ...(until !== undefined && { until }),
      }
      return await setRule(tx, { name, value, by: who.name, ...scope }, context)
    })
    engine.wake(await skusOf(deps, ask))
    return ruleViewOf(await db.selectFrom('rule').selectAll().where('id', '=', said).executeTakeFirstOrThrow())
  }

  return [
    route({
      method: 'GET',
      path: '/rules',
      summary: 'List the rules that hold, and those that begin later',
      needs: 'read',
      query: z.strictObject({ ...pageFields, ...scopeFields, name: name.optional() }),
      answer: pageOf(listed),
      async handle({ query: { limit, after, name: only, ...scope } }) {
        const rows = await ruleRows(db, scope, only).orderBy('id').execute()
        const now = clock.now()
        const found = [
          ...rulesInForce(rows, now).map((row) => ({ row, state: 'on' as const })),
          ...rulesToCome(rows, now).map((row) => ({ row, state: 'scheduled' as const })),
        ]
          .filter(({ row }) => row.name !== 'safety' || row.value !== '0')
          .sort((a, b) => (a.row.id < b.row.id ? 1 : -1))
          .filter(({ row }) => after === undefined || row.id < String(after[0]))
        return paged(
          found.slice(0, limit + 1),
          limit,
          ({ row }) => [row.id],
          ({ row, state }) => ({ ...ruleViewOf(row), state }),
        )
      },
    }),
    route({
      method: 'GET',
      path: '/rules/history',
      summary: 'List everything that was ever decided, newest first; nothing of it is changed or removed',
      needs: 'read',
      query: z.strictObject({ ...pageFields, ...scopeFields, name: name.optional() }),
      answer: pageOf(ruleView),
      async handle({ query: { limit, after, name: only, ...scope } }) {
        const rows = await ruleRows(db, scope, only)
          .where(beyond(['id desc'], after))
          .orderBy('id', 'desc')
          .limit(limit + 1)
          .execute()
        return paged(rows, limit, (row) => [row.id], ruleViewOf)
      },
    }),
    route({
      method: 'PUT',
      path: '/rules',
      summary: 'Decide something about the numbers; the newest word for a scope holds, the most specific scope wins',
      needs: 'stock',
      body: decision,
      answer: ruleView,
      async handle({ body, who }) {
        const ask: RuleAsk = { ...body, from: instant(body.from), until: instant(body.until) }
        const faults = faultsOfRule(ask, clock.now())
        if (faults.length > 0) return refuse(422, 'This rule is not possible; nothing was changed. See errors.', faults)
        return forbidden(who, ask.name) ?? (await unknownIn(deps, ask)) ?? (await say(who, ask))
      },
    }),
    route({
      method: 'DELETE',
      path: '/rules',
      summary: 'Take back what was decided for exactly this scope; a wider rule holds again where there is one',
      needs: 'stock',
      query: z.strictObject({ ...scopeFields, name }),
      answer: ruleView,
      async handle({ query, who }) {
        const faults = scopeFaults(query)
        if (faults.length > 0) return refuse(422, 'There can be no such rule; nothing was changed.', faults)
        const rows = (await ruleRows(db, query, query.name).orderBy('id').execute()).filter((row) =>
          isExactly(row, query),
        )
        const now = clock.now()
        const live = [...rulesInForce(rows, now), ...rulesToCome(rows, now)]
        if (live.every(({ name: of, value }) => of === 'safety' && value === '0'))
          return notFound(`rule ${query.name} for exactly this scope; nothing was changed`)
        return forbidden(who, query.name) ?? (await say(who, { ...query, value: null }))
      },
    }),
  ]
}

const isExactly = (row: { account: string | null; listing: string | null; sku: string | null }, scope: Scope) =>
  row.account === (scope.account ?? null) && row.listing === (scope.listing ?? null) && row.sku === (scope.sku ?? null)

/** A rule about something that is not there would wait for ever without a word. */
async function unknownIn({ store: { db } }: ApiDeps, { account, listing, sku }: Scope): Promise<Refusal | undefined> {
  const missing = (field: string, what: string) =>
    refuse(422, `There is no ${what}; nothing was changed.`, [{ field, reason: 'is not known' }])
  const { length: accounts } =
    account === undefined ? [1] : await db.selectFrom('account').select('id').where('id', '=', account).execute()
  if (accounts === 0) return missing('account', `account ${account}`)
  const { length: skus } =
    sku === undefined
      ? [1]
      : await db.selectFrom('sku').select('sku').where('merchant', '=', MERCHANT).where('sku', '=', sku).execute()
  if (skus === 0) return missing('sku', `sku ${sku}`)
  if (listing === undefined) return undefined
  const rows = await db
    .selectFrom('listing')
    .leftJoin('link', (join) =>
      join
        .onRef('link.account', '=', 'listing.account')
        .onRef('link.listing', '=', 'listing.listing')
        .on('link.units', '>', 0),
    )
    .select('link.sku')
    .where('listing.account', '=', account ?? '')
    .where('listing.listing', '=', listing)
    .execute()
  if (rows.length === 0) return missing('listing', `listing ${listing} of account ${account}`)
  if (sku !== undefined && rows.every((row) => row.sku !== sku))
    return refuse(422, `Listing ${listing} does not sell ${sku}, so this rule would never hold; nothing was changed.`, [
      { field: 'listing', reason: 'does not sell this sku' },
    ])
  return undefined
}

/** Whom it is worth to plan at once; the sweep comes by the others within a second. */
async function skusOf({ store: { db } }: ApiDeps, { account, listing, sku }: Scope): Promise<SkuId[]> {
  if (sku !== undefined) return [asId(sku)]
  if (account === undefined) return []
  const rows = await db
    .selectFrom('link')
    .select('sku')
    .distinct()
    .where('account', '=', account)
    .$if(listing !== undefined, (query) => query.where('listing', '=', listing ?? ''))
    .where('units', '>', 0)
    .limit(skusWokenMax)
    .execute()
  return rows.map((row) => asId<'sku'>(row.sku))
}

const skusWokenMax = 1000
