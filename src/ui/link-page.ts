/** Importing and linking on one page: how far imports are, proposals to confirm, the file, and what is left to do. */

import { html } from 'hono/html'
import type { ApiDeps } from '../api/deps.ts'
import { importView } from '../api/resources/import.ts'
import type { LineError } from '../catalog/csv-links.ts'
import type { Doubt, Match } from '../catalog/matching.ts'
import { matchBooks } from '../catalog/matching-books.ts'
import { countShortcomings, shortcomings } from '../catalog/readiness.ts'
import { lastAction } from '../catalog/undo.ts'
import { may, type Who } from '../users/roles.ts'
import { bar } from './bar.ts'
import type { Words } from './en.ts'
import { type Html, none, page, section, table } from './parts.ts'

const proposalsShown = 100
const doubtsShown = 100

export interface LinkNews {
  readonly sentence: string
  readonly isBad?: boolean
  readonly errors?: readonly LineError[]
}

type ImportView = NonNullable<Awaited<ReturnType<typeof importView>>>

interface ShopImport {
  readonly id: string
  readonly title: string
  readonly view: ImportView | undefined
}

const filled = (text: string, values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values).reduce((said, [name, value]) => said.replace(`{${name}}`, String(value)), text)

export async function linkPage(deps: ApiDeps, words: Words, who: Who, news?: LinkNews): Promise<Html> {
  const { db } = deps.store
  const shops: ShopImport[] = []
  for (const { id, title } of await deps.accounts.list()) shops.push({ id, title, view: await importView(db, id) })
  const found = await matchBooks(db)
  const counts = await countShortcomings(db)
  const last = await lastAction(db)
  const mayLink = may(who, 'catalogue')
  const isReading = shops.some(({ view }) => view?.state === 'listings' || view?.state === 'shelves')
  return page(
    words,
    { refresh: isReading && !news },
    html`<header><h1>${words.link.heading}</h1>${bar(words, who)}</header>
<main>
${news ? newsOf(words, news) : ''}
${section(words.link.imports, importTable(words, shops, may(who, 'work')), shops.length)}
${section(words.link.proposals, proposalForm(words, found.matches, mayLink), found.matches.length)}
${found.doubts.length === 0 ? '' : section(words.link.doubts, doubtTable(words, found.doubts), found.doubts.length)}
${section(words.link.file, fileForm(words, mayLink, last))}
${section(words.link.work, workList(words, counts))}
</main>`,
  )
}

const newsOf = (words: Words, { sentence, isBad = false, errors = [] }: LinkNews): Html =>
  html`<section role="${isBad ? 'alert' : 'status'}"><p class="${isBad ? 'error' : ''}">${sentence}</p>${
    errors.length === 0
      ? ''
      : html`<ul>${errors.map(({ line, column, reason }) => html`<li>${filled(words.link.line, { line })}${column === null ? '' : html`, ${column}`}: ${reason}</li>`)}</ul>`
  }</section>`

/** A bar without a value is one that nobody can fill: the shop has not said how many there are. */
function progressOf(words: Words, { progress, state }: ImportView): Html {
  const { done, total } = progress
  if (state === 'done' || state === 'failed') return html`${words.link.importStates[state]}`
  const said = filled(total === null ? words.link.progressOpen : words.link.progress, { done, total: total ?? '' })
  const value = total === null ? '' : html` value="${done}" max="${Math.max(1, total)}"`
  return html`<progress aria-label="${words.link.importStates[state]}"${value}></progress><span class="small">${words.link.importStates[state]}: ${said}</span>`
}

const importTable = (words: Words, shops: readonly ShopImport[], mayImport: boolean): Html =>
  shops.length === 0
    ? none(words.none.accounts)
    : table<ShopImport>(
        [
          { label: words.link.counter, cell: ({ title, id }) => html`${title}<span class="small">${id}</span>` },
          {
            label: words.columns.state,
            isWide: true,
            cell: ({ view }) =>
              view
                ? html`${progressOf(words, view)}<span class="small">${view.reason ?? ''} ${filled(words.link.inBooks, { listings: view.listings, linked: view.linked })}</span>`
                : words.link.never,
          },
          {
            label: words.link.imports,
            cell: ({ id, title }) =>
              mayImport
                ? html`<form method="post" action="/link/import/${encodeURIComponent(id)}"><button aria-label="${words.link.importNow}: ${title}">${words.link.importNow}</button></form>`
                : '–',
          },
        ],
        shops,
      )

const percent = (words: Words, share: number) =>
  new Intl.NumberFormat(words.language, { style: 'percent' }).format(share)

function proposalForm(words: Words, matches: readonly Match[], mayLink: boolean): Html {
  if (matches.length === 0) return none(words.link.noProposals)
  const shown = matches.slice(0, proposalsShown)
  const rows = table<Match>(
    [
      {
        label: words.link.listing,
        cell: ({ listing: { account, id, title }, sku }) =>
          html`<label class="check">${mayLink ? html`<input type="checkbox" name="link" value="${JSON.stringify([account, id, sku])}" checked> ` : ''}${title}<span class="small">${account}, ${id}</span></label>`,
      },
      { label: words.link.sku, cell: ({ sku }) => sku },
      { label: words.link.why, isWide: true, cell: ({ reason }) => reason },
      { label: words.link.sure, isNumber: true, cell: ({ confidence }) => percent(words, confidence) },
    ],
    shown,
  )
  if (!mayLink) return rows
  return html`<p class="note">${words.link.proposalsLead}</p>
<form method="post" action="/link/confirm">${rows}<button>${words.link.confirm}</button></form>`
}

const doubtTable = (words: Words, doubts: readonly Doubt[]): Html =>
  html`<p class="note">${words.link.doubtsLead}</p>${table<Doubt>(
    [
      {
        label: words.link.listing,
        cell: ({ listing: { account, id, title } }) => html`${title}<span class="small">${account}, ${id}</span>`,
      },
      { label: words.link.sku, cell: ({ candidates }) => candidates.join(', ') },
      { label: words.link.why, isWide: true, cell: ({ reason }) => reason },
    ],
    doubts.slice(0, doubtsShown),
  )}`

function fileForm(words: Words, mayLink: boolean, last: Awaited<ReturnType<typeof lastAction>>): Html {
  const download = html`<p><a href="/link/listings.csv" download>${words.link.download}</a></p>`
  if (!mayLink) return download
  return html`<p class="note">${words.link.fileLead}</p>${download}
<form method="post" action="/link/file" enctype="multipart/form-data" class="row">
<label for="file">${words.link.choose}</label> <input id="file" type="file" name="file" accept=".csv,text/csv" required>
<button name="act" value="check">${words.link.check}</button>
<button name="act" value="take">${words.link.take}</button>
</form>
${
  last === undefined
    ? ''
    : html`<form method="post" action="/link/undo" class="row"><span>${filled(words.link.last, { listings: last.listings, by: last.by })}</span> <button>${words.link.undo}</button></form>`
}`
}

function workList(words: Words, counts: Awaited<ReturnType<typeof countShortcomings>>): Html {
  const open = shortcomings.filter((kind) => counts[kind] > 0)
  if (open.length === 0) return none(words.link.ready)
  return html`<ul>${open.map((kind) => html`<li><b>${counts[kind]}</b> ${words.link.kinds[kind]}</li>`)}</ul>`
}
