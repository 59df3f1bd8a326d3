/** The status page: is it in sync, what is late, what waits for a person, and what each shop was told. */

import { html } from 'hono/html'
import type { ApiDeps } from '../api/deps.ts'
import { type Drift, readDrifts } from '../api/read/drift.ts'
import type { Exposure } from '../api/read/exposure.ts'
import { countProblems, type Problem, readProblems } from '../api/read/problems.ts'
import { readSkus, type SkuView } from '../api/read/skus.ts'
import { type AccountStatus, accountStatuses } from '../api/read/status.ts'
import type { Who } from '../users/roles.ts'
import { bar } from './bar.ts'
import { driftSection, driftsShown } from './drift-section.ts'
import type { Words } from './en.ts'
import { type Column, type Html, none, page, pill, section, table } from './parts.ts'
import { protection } from './sku-page.ts'
import { agoText, latencyText } from './words.ts'

const problemsShown = 50
const skusShown = 100
const dayMs = 86_400_000

interface Facts {
  readonly words: Words
  readonly now: number
  readonly accounts: readonly AccountStatus[]
  readonly problems: readonly Problem[]
  readonly problemCount: number
  readonly skus: readonly SkuView[]
  readonly hasMoreSkus: boolean
  readonly exposure: Exposure
  /** One beyond what is shown. */
  readonly drifts: readonly Drift[]
}

async function factsOf(
  { store: { db }, accounts, clock }: ApiDeps,
  words: Words,
  exposure: () => Promise<Exposure>,
): Promise<Facts> {
  const now = clock.now()
  const skus = await readSkus(db, { limit: skusShown + 1 })
  const counts = await countProblems(db, now)
  return {
    words,
    now,
    accounts: await accountStatuses(db, await accounts.list(), now),
    problems: (await readProblems(db, now, { limit: problemsShown })).items,
    problemCount: Object.values(counts).reduce((sum, count) => sum + count, 0),
    skus: skus.slice(0, skusShown),
    hasMoreSkus: skus.length > skusShown,
    exposure: await exposure(),
    drifts: await readDrifts(db, { limit: driftsShown + 1, since: now - dayMs }),
  }
}

export async function statusPage(
  deps: ApiDeps,
  words: Words,
  who: Who,
  exposure: () => Promise<Exposure>,
): Promise<Html> {
  const facts = await factsOf(deps, words, exposure)
  return page(
    words,
    { refresh: true },
    html`<header>
<h1>${words.title}</h1> ${verdict(facts)} ${facts.exposure.promisedUnits > 0 ? protection(words, facts.exposure.exposedUnits) : ''}
<p>${words.subtitle} · ${words.live}</p>
${bar(words, who)}
</header>
<main>
${accountsSection(facts)}
${problemsSection(facts)}
${driftSection(words, facts.drifts, facts.now)}
${latencySection(facts)}
${ordersSection(facts)}
${skusSection(facts)}
</main>`,
  )
}

function verdict({ words, accounts, problemCount }: Facts): Html {
  if (problemCount > 0) return pill('bad', words.verdict.trouble)
  if (accounts.some(({ due }) => due > 0)) return pill('wait', words.verdict.waiting)
  return pill('good', words.verdict.good)
}

const looks = { active: 'good', paused: 'wait', broken: 'bad' } as const

const shopColumn = ({ words }: Facts): Column<AccountStatus> => ({
  label: words.columns.shop,
  cell: ({ id, title }) => html`${title}<span class="small">${id}</span>`,
})

function accountsSection(facts: Facts): Html {
  const { words, now, accounts } = facts
  if (accounts.length === 0) return section(words.sections.accounts, none(words.none.accounts))
  return section(
    words.sections.accounts,
    table(
      [
        shopColumn(facts),
        {
          label: words.columns.state,
          cell: ({ state, reason }) =>
            html`<span>${pill(looks[state], words.states[state])}${reason ? html`<span class="small">${reason}</span>` : ''}</span>`,
        },
        { label: words.columns.due, isNumber: true, cell: ({ due }) => due },
        { label: words.columns.parked, isNumber: true, cell: ({ parked }) => parked },
        {
          label: words.columns.oldest,
          isNumber: true,
          cell: ({ oldestDueAt }) => (oldestDueAt === null ? '–' : agoText(words, oldestDueAt, now)),
        },
        { label: words.columns.lastPoll, isNumber: true, cell: ({ lastPollAt }) => agoText(words, lastPollAt, now) },
      ],
      accounts,
    ),
  )
}

function latencySection(facts: Facts): Html {
  const { words, accounts } = facts
  if (accounts.length === 0) return html``
  const milliseconds = (label: string, key: 'p50Ms' | 'p95Ms' | 'p99Ms'): Column<AccountStatus> => ({
    label,
    isNumber: true,
    cell: ({ latency }) => latencyText(words, latency[key]),
  })
  return section(
    words.sections.latency,
    html`${table(
      [
        shopColumn(facts),
        { label: words.columns.told, isNumber: true, cell: ({ latency }) => latency.publications },
        milliseconds(words.columns.half, 'p50Ms'),
        milliseconds(words.columns.most, 'p95Ms'),
        milliseconds(words.columns.nearlyAll, 'p99Ms'),
      ],
      accounts,
    )}<p class="note">${words.latencyNote}</p>`,
  )
}

function ordersSection(facts: Facts): Html {
  const { words } = facts
  const accounts = facts.accounts.filter(({ states }) => Object.keys(states).length > 0)
  if (accounts.length === 0) return section(words.sections.orders, none(words.none.orders))
  return section(
    words.sections.orders,
    table(
      [
        shopColumn(facts),
        {
          label: words.sections.orders,
          isWide: true,
          cell: ({ states }) =>
            html`<ul class="chips">${Object.entries(words.orderStates)
              .filter(([state]) => states[state] !== undefined)
              .map(([state, word]) => html`<li>${word} <b>${states[state]}</b></li>`)}</ul>`,
        },
      ],
      accounts,
    ),
  )
}

function problemsSection({ words, now, problems, problemCount }: Facts): Html {
  if (problemCount === 0) return section(words.sections.problems, none(words.none.problems))
  return section(
    words.sections.problems,
    html`${table<Problem>(
      [
        {
          label: words.columns.about,
          cell: ({ subject, account }) => html`${subject}<span class="small">${account}</span>`,
        },
        {
          label: words.columns.reason,
          isWide: true,
          cell: ({ reason, meaning }) =>
            html`<span>${reason}<span class="small">${words.meanings[meaning]}</span></span>`,
        },
        { label: words.columns.since, isNumber: true, cell: ({ since }) => agoText(words, since, now) },
      ],
      problems,
    )}${problemCount > problems.length ? html`<p class="note">${words.moreProblems}</p>` : ''}`,
    problemCount,
  )
}

function skusSection({ words, skus, hasMoreSkus }: Facts): Html {
  if (skus.length === 0) return section(words.sections.skus, none(words.none.skus))
  return section(
    words.sections.skus,
    html`${table<SkuView>(
      [
        {
          label: words.columns.sku,
          cell: ({ sku, title }) =>
            html`<a href="/skus/${encodeURIComponent(sku)}">${sku}</a><span class="small">${title}</span>`,
        },
        { label: words.columns.onHand, isNumber: true, cell: ({ onHand }) => onHand },
        { label: words.columns.reserved, isNumber: true, cell: ({ reserved }) => reserved },
        { label: words.columns.available, isNumber: true, cell: ({ available }) => html`<b>${available}</b>` },
        { label: words.columns.shops, isWide: true, cell: (sku) => shopsOf(words, sku) },
      ],
      skus,
    )}${hasMoreSkus ? html`<p class="note">${words.moreSkus}</p>` : ''}`,
  )
}

/** What each shop was last told, and what it should come to show where that differs. */
function shopsOf(words: Words, { listings }: SkuView): Html {
  if (listings.length === 0) return html`–`
  return html`<ul class="chips">${listings.map(({ account, lastTold, shelf, targetUnits, title }) => {
    const shown = lastTold ?? shelf
    return html`<li title="${title}">${account} ${shown ? html`<b>${shown.units}</b>` : words.notTold}${
      targetUnits !== null && shown && targetUnits !== shown.units
        ? html` <span class="small">${words.wants} ${targetUnits}</span>`
        : ''
    }</li>`
  })}</ul>`
}
