/** The connected shops: how each is read, whether its webhooks come, when its access ends, and what to do. */

import { html } from 'hono/html'
import type { ApiDeps } from '../api/deps.ts'
import { type Connection, readConnections } from '../api/read/connections.ts'
import type { PrivacyTable } from '../store/tables.ts'
import type { Who } from '../users/roles.ts'
import { bar } from './bar.ts'
import type { Words } from './en.ts'
import { type Html, none, page, pill, section, table } from './parts.ts'
import { agoText } from './words.ts'

export async function shopsPage(deps: ApiDeps, words: Words, who: Who): Promise<Html> {
  const connections = await readConnections(deps)
  const demands = await deps.privacy.open()
  const isReading = connections.some(({ reading }) => reading !== null)
  return page(
    words,
    { refresh: isReading },
    html`<header><h1>${words.connect.heading}</h1>${bar(words, who)}</header>
<main>
<p class="note">${words.connect.lead}</p>
${section(
  words.connect.connected,
  connections.length === 0
    ? none(words.connect.none)
    : html`${connections.map((one) => shop(words, one, deps.clock.now()))}`,
  connections.length,
)}
${demands.length === 0 ? '' : section(words.connect.privacy.heading, html`${demands.map((one) => demandText(words, one))}`, demands.length)}
${section(
  words.connect.add,
  html`<ul>${deps.installs.offered.map(
    ({ platform, title }) => html`<li><a href="/connect/${platform}">${title}</a></li>`,
  )}</ul>`,
)}
</main>`,
  )
}

/** What a buyer may demand of the merchant; ids only, because whoever is named here wants to know what is kept. */
function demandText({ connect }: Words, { id, shop, orders, due_at }: PrivacyTable): Html {
  // Safe: written by the accounts' own code, from what the connector's schema passed.
  const list = (JSON.parse(orders) as string[]).join(', ') || '–'
  const text = connect.privacy.tell
    .replace('{shop}', shop)
    .replace('{orders}', list)
    .replace('{date}', new Date(due_at).toISOString().slice(0, 10))
  return html`<form method="post" action="/privacy/${id}" class="row"><p>${text}</p><button>${connect.privacy.done}</button></form>`
}

const looks = { active: 'good', paused: 'wait', broken: 'bad' } as const

function shop(words: Words, one: Connection, now: number): Html {
  const { connect } = words
  return html`<article>
<h3>${one.title} ${pill(looks[one.state], connect.states[one.state])}</h3>
<p class="small">${one.platform} · ${one.shop} · ${one.id}</p>
${one.reason ? html`<p class="error">${one.reason}</p>` : one.state === 'paused' ? html`<p class="note">${connect.paused}</p>` : ''}
${readingText(words, one, now)}
${endText(words, one, now)}
${table<Connection['sources'][number]>(
  [
    { label: connect.source, cell: ({ source }) => connect.sources[source] },
    { label: connect.seen, isNumber: true, cell: ({ seenAt }) => agoText(words, seenAt, now) },
    {
      label: words.columns.state,
      cell: ({ isLate, seenAt }) =>
        seenAt === null
          ? pill('wait', connect.notYet)
          : pill(isLate ? 'bad' : 'good', isLate ? connect.late : connect.inTime),
    },
  ],
  one.sources,
)}
${webhookText(words, one, now)}
<p><a href="/shops/${one.id}/dry-run">${words.goLive.link}</a></p>
${one.isOffered && one.state === 'broken' ? html`<p><a href="/connect/${one.platform}">${connect.again}</a></p>` : ''}
<form method="post" action="/shops/${one.id}" class="row">
<button name="act" value="check">${connect.check}</button>
<button name="act" value="reconcile">${connect.readAgain}</button>
${one.isDiagnosable ? html`<button name="act" value="diagnose">${connect.diagnose}</button>` : ''}
</form>
</article>`
}

function readingText({ connect, ...words }: Words, { reading, counts, lastRead }: Connection, now: number): Html {
  const had = connect.counts
    .replace('{listings}', String(counts.listings))
    .replace('{shelves}', String(counts.shelves))
    .replace('{orders}', String(counts.orders))
  if (reading?.trouble)
    return html`<p class="error">${connect.readTrouble} ${reading.trouble}</p><p class="note">${had}</p>`
  if (reading) return html`<p role="status">${connect.reading} ${connect.reasons[reading.reason]} ${had}</p>`
  const last = lastRead
    ? `${connect.readLast.replace('{ago}', agoText({ connect, ...words }, lastRead.at, now))} ${connect.reasons[lastRead.reason]}`
    : ''
  return html`<p class="note">${had} ${last}</p>`
}

function endText({ connect }: Words, { endsAt }: Connection, now: number): Html {
  if (endsAt === null || endsAt - now > 30 * 86_400_000) return html``
  const days = Math.max(0, Math.floor((endsAt - now) / 86_400_000))
  return html`<p class="error">${connect.ends.replace('{n}', String(days))}</p>`
}

function webhookText({ connect, ...words }: Words, { webhooks }: Connection, now: number): Html {
  if (webhooks === null) return html`<p class="note">${connect.webhooksNotYet}</p>`
  if (webhooks.trouble) return html`<p class="error">${connect.webhooksTrouble} ${webhooks.trouble}</p>`
  const text = connect.webhooks
    .replace('{found}', String(webhooks.found))
    .replace('{wanted}', String(webhooks.wanted))
    .replace('{ago}', agoText({ connect, ...words }, webhooks.auditedAt, now))
  const faults =
    webhooks.faults.length === 0 ? '' : html`<ul>${webhooks.faults.map((one) => html`<li>${one}</li>`)}</ul>`
  return html`<p class="note">${text}</p>${faults}`
}
