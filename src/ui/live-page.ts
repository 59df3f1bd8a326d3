/** The page before a shop goes live: every change it would make, riskiest first, and the form that lets all or a part of it. */

import { html } from 'hono/html'
import type { Account } from '../accounts/accounts.ts'
import type { Liveness } from '../api/read/dry-run.ts'
import { whyOf } from '../api/read/dry-run-words.ts'
import { type DryRun, type DryRunRow, dryRunChanges, isWritten } from '../planner/dry-run.ts'
import { may, type Who } from '../users/roles.ts'
import { bar } from './bar.ts'
import type { Words } from './en.ts'
import { type Html, none, page, pill, section, table } from './parts.ts'
import { languageOf, protection } from './sku-page.ts'

/** What a form may send of them fits into its limit; the command line lists the others. */
export const rowsShown = 100

export interface LiveNews {
  /** What went wrong, and what the shop or Onhand said of it. */
  readonly error?: string
  readonly detail?: string
  readonly done?: string
}

export interface LiveGiven {
  readonly account: Account
  readonly live: Liveness
  readonly found: DryRun
  readonly exposedUnits: number
  readonly news?: LiveNews
}

const looks = { no: 'wait', part: 'wait', all: 'good' } as const

export function livePage(words: Words, who: Who, given: LiveGiven): Html {
  const { account, live, found, exposedUnits, news = {} } = given
  const { goLive } = words
  const summary = goLive.summary
    .replace('{n}', String(found.rows.filter(isWritten).length))
    .replace('{now}', String(found.nowUnits))
    .replace('{wanted}', String(found.wantedUnits))
  return page(
    words,
    { refresh: false },
    html`<header><h1>${account.title}: ${goLive.heading}</h1>${bar(words, who)}</header>
<main>
<p>${pill(looks[live], goLive.states[live])} ${protection(words, exposedUnits)}</p>
${news.error === undefined ? '' : html`<p class="error" role="alert">${news.error} ${news.detail ?? ''}</p>`}
${news.done === undefined ? '' : html`<p role="status">${news.done}</p>`}
<p class="note">${goLive.lead}</p>
<p><b>${summary}</b></p>
<p>${totalsText(words, found)}</p>
${found.rows.length === 0 ? none(goLive.none) : changes(words, who, given)}
<p><a href="/connect">${goLive.back}</a></p>
</main>`,
  )
}

const totalsText = ({ goLive }: Words, { totals }: DryRun): string =>
  dryRunChanges
    .filter((change) => totals[change] > 0)
    .map((change) => `${totals[change]} ${goLive.changes[change]}`)
    .join(' · ')

function changes(words: Words, who: Who, { account, live, found }: LiveGiven): Html {
  const { goLive } = words
  const mayGoLive = may(who, 'shops') && live !== 'all' && account.state !== 'broken'
  const hidden = found.rows.length - rowsShown
  const list = html`${rowsTable(words, found.rows.slice(0, rowsShown), mayGoLive)}
${hidden > 0 ? html`<p class="note">${goLive.more.replace('{n}', String(hidden)).replace('{account}', account.id)}</p>` : ''}`
  return section(
    goLive.counters,
    mayGoLive
      ? html`<form method="post" action="/shops/${account.id}/go-live">
${list}
<p><label class="check"><input type="checkbox" name="seen" value="yes" required> ${goLive.seen}</label></p>
<p class="row"><button name="act" value="part">${goLive.part}</button> <button name="act" value="all">${goLive.all}</button></p>
</form>`
      : list,
    found.rows.length,
  )
}

const changeLooks = { zero: 'bad', down: 'wait', up: 'good' } as const

const rowsTable = (words: Words, rows: readonly DryRunRow[], isForm: boolean): Html =>
  table<DryRunRow>(
    [
      {
        label: words.goLive.counter,
        cell: ({ title, listings }) => html`${title} <span class="small">${listings.join(', ')}</span>`,
      },
      { label: words.goLive.change, cell: (row) => changePill(words, row) },
      { label: words.goLive.now, isNumber: true, cell: ({ nowUnits }) => nowUnits ?? '–' },
      { label: words.goLive.wanted, isNumber: true, cell: ({ wantedUnits }) => html`<b>${wantedUnits ?? '–'}</b>` },
      { label: words.goLive.why, isWide: true, cell: (row) => whyOf(row, languageOf(words)) },
      ...(isForm ? [{ label: words.goLive.choose, cell: (row: DryRunRow) => chooseBox(words, row) }] : []),
    ],
    rows,
  )

function changePill({ goLive }: Words, { change }: DryRunRow): Html | string {
  const look = change === 'zero' || change === 'down' || change === 'up' ? changeLooks[change] : undefined
  return look === undefined ? goLive.changes[change] : pill(look, goLive.changes[change])
}

/** The first listing stands for the counter: the others of it come along. */
const chooseBox = ({ goLive }: Words, { listings, title }: DryRunRow): Html =>
  html`<input type="checkbox" name="listings" value="${listings[0] ?? ''}" aria-label="${goLive.choose}: ${title}">`
