/** The page of one sku: for every counter a sum that adds up, now or at a past instant, and the rules that hold. */

import { html } from 'hono/html'
import type { z } from 'zod'
import type { ApiDeps } from '../api/deps.ts'
import { explain, type explanation } from '../api/read/explain.ts'
import { type ExplainLanguage, explainLanguages, momentText } from '../api/read/explain-words.ts'
import { readSkus } from '../api/read/skus.ts'
import type { Who } from '../users/roles.ts'
import { bar } from './bar.ts'
import type { Words } from './en.ts'
import { type Html, none, page, pill, section, table } from './parts.ts'

type Explained = z.input<typeof explanation>
type Shop = Explained['shops'][number]
type Term = Shop['terms'][number]

const movementsShown = 20

export const languageOf = ({ language }: Words): ExplainLanguage =>
  explainLanguages.find((one) => one === language) ?? 'en'

/** A time without an offset is UTC, as the form says. */
function instantOf(text: string): number {
  return Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(text) || !text.includes('T') ? text : `${text}Z`)
}

/** `at` is what the form sent; empty for now. */
export async function skuPage(
  deps: ApiDeps,
  words: Words,
  who: Who,
  sku: string,
  at: string,
): Promise<{ status: 200 | 404 | 422; body: Html }> {
  const { db } = deps.store
  const now = deps.clock.now()
  const [found] = await readSkus(db, { sku, limit: 1 })
  const framed = (body: Html, title = sku) =>
    page(words, { refresh: false }, html`<header><h1>${title}</h1>${bar(words, who)}</header><main>${body}</main>`)
  const back = html`<p><a href="/">${words.sku.back}</a></p>`
  if (!found) return { status: 404, body: framed(html`${none(words.sku.unknown)}${back}`) }
  const instant = at === '' ? now : instantOf(at)
  const wrong = Number.isNaN(instant)
    ? words.sku.wrongAt
    : instant > now
      ? words.sku.future
      : instant < found.createdAt
        ? words.sku.before.replace('{at}', momentText(found.createdAt))
        : undefined
  if (wrong !== undefined)
    return { status: 422, body: framed(html`${atForm(words, sku, at, wrong)}${back}`, found.title) }
  const isPast = at !== ''
  const explained = await explain(db, { sku, at: instant, isPast, language: languageOf(words) })
  return {
    status: 200,
    body: framed(
      html`<p>${sku} · ${isPast ? words.sku.past.replace('{at}', momentText(instant)) : words.sku.now} ${protection(words, explained.exposedUnits)}</p>
${atForm(words, sku, at)}
${countersSection(words, explained)}
${ordersSection(words, explained)}
${rulesSection(words, explained)}
${movementsSection(words, explained)}
${back}`,
      found.title,
    ),
  }
}

/** Whether all that is promised is there. */
export const protection = (words: Words, exposedUnits: number): Html =>
  exposedUnits > 0
    ? pill('bad', words.sku.exposed.replace('{n}', String(exposedUnits)))
    : pill('good', words.sku.protected)

const atForm = (
  words: Words,
  sku: string,
  at: string,
  wrong?: string,
): Html => html`<form method="get" action="/skus/${encodeURIComponent(sku)}" class="row">
<label for="at">${words.sku.atHint}</label>
<input id="at" name="at" type="datetime-local" step="1" value="${at}"${wrong === undefined ? '' : html` aria-invalid="true" aria-describedby="at-error"`}>
<button>${words.sku.show}</button>
${wrong === undefined ? '' : html`<span class="error" id="at-error" role="alert">${wrong}</span>`}
</form>`

function countersSection(words: Words, { shops }: Explained): Html {
  if (shops.length === 0) return section(words.sku.counters, none(words.sku.noCounters))
  return section(words.sku.counters, html`${shops.map((shop) => counter(words, shop))}`, shops.length)
}

/** Nothing is left out but zeros: they add nothing. */
function counter(words: Words, shop: Shop): Html {
  const { account, listings, terms, believedUnits, unitsPerSale, shown, told, notes } = shop
  const rows = terms.filter(({ term, units }) => term === 'onHand' || units !== 0)
  const sum = { label: '=', units: (believedUnits ?? 0) * unitsPerSale, why: `${shown} ${told}` }
  return html`<h3>${account} <span class="small">${listings.join(', ')}</span></h3>${
    believedUnits === null
      ? none(shown)
      : table<Pick<Term, 'label' | 'units' | 'why'>>(
          [
            { label: words.sku.term, cell: ({ label }) => label },
            { label: words.sku.units, isNumber: true, cell: ({ units }) => html`<b>${units}</b>` },
            { label: words.sku.why, isWide: true, cell: ({ why }) => why },
          ],
          [...rows, sum],
        )
  }${notes.map((note) => html`<p class="note">${note}</p>`)}`
}

function ordersSection(words: Words, { reservedBy, reservedByCount }: Explained): Html {
  if (reservedBy.length === 0) return section(words.sku.orders, none(words.sku.noOrders))
  return section(
    words.sku.orders,
    table(
      [
        {
          label: words.sku.order,
          cell: ({ name, order, account }) => html`${name ?? order}<span class="small">${account}</span>`,
        },
        { label: words.sku.units, isNumber: true, cell: ({ units }) => units },
      ],
      reservedBy,
    ),
    reservedByCount,
  )
}

function rulesSection(words: Words, { rules, sku }: Explained): Html {
  const hint = html`<p class="note">${words.sku.rulesHint} <code>npm run onhand -- rules set ${sku} cap 5</code></p>`
  if (rules.length === 0) return section(words.sku.rules, html`${none(words.sku.noRules)}${hint}`)
  return section(
    words.sku.rules,
    html`${table(
      [
        { label: words.sku.rule, cell: ({ name }) => name },
        { label: words.sku.value, isNumber: true, cell: ({ value }) => value ?? '–' },
        {
          label: words.sku.about,
          isWide: true,
          cell: (rule) =>
            [rule.account, rule.listing, rule.sku].filter((one) => one !== null).join(', ') || words.sku.all,
        },
        { label: words.sku.until, isNumber: true, cell: ({ until }) => (until ? momentText(Date.parse(until)) : '–') },
        { label: words.sku.by, cell: ({ by }) => by },
      ],
      rules,
    )}${hint}`,
    rules.length,
  )
}

function movementsSection(words: Words, { movements }: Explained): Html {
  if (movements.length === 0) return html``
  const change = (units: number) => (units > 0 ? `+${units}` : units)
  return section(
    words.sku.movements,
    table(
      [
        { label: words.sku.what, cell: ({ kind, reason }) => html`${kind}<span class="small">${reason ?? ''}</span>` },
        { label: words.columns.onHand, isNumber: true, cell: ({ onHandDelta }) => change(onHandDelta) },
        { label: words.columns.reserved, isNumber: true, cell: ({ reservedDelta }) => change(reservedDelta) },
        { label: words.sku.order, isWide: true, cell: ({ account, order }) => (order ? `${account} ${order}` : '–') },
        { label: words.sku.when, isNumber: true, cell: ({ at }) => momentText(Date.parse(at)) },
      ],
      movements.slice(0, movementsShown),
    ),
  )
}
