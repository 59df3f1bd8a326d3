/** The pages about connecting shops: which ones there are, the ways to connect another, and what a consent opened. */

import { html } from 'hono/html'
import type { Apps } from '../accounts/apps.ts'
import type { Fault, Installs, InstallView } from '../accounts/installs.ts'
import type { Finding, InstallField, Way } from '../install.ts'
import type { Who } from '../users/roles.ts'
import { bar } from './bar.ts'
import type { Words } from './en.ts'
import { type FormError, field, formError, select } from './forms.ts'
import { type Html, page, pill, section } from './parts.ts'

export type Offered = Installs['offered'][number]

/** Nothing is fetched from where people are sent to, and their browser says nothing of where they come from. */
export const onwardPage = (words: Words, sentence: string, to: string): Html =>
  page(
    words,
    { refresh: false, onward: to },
    html`<main class="door"><section>
<h1>${words.title}</h1>
<p role="status">${sentence}</p>
<p><a href="${to}" rel="noreferrer">${words.connect.goOn}</a></p>
</section></main>`,
  )

export interface Refusal {
  readonly fault: Fault
  readonly field?: string | undefined
  readonly detail?: string | null | undefined
}

const saidBy = (words: Words, detail: string | null | undefined): Html =>
  detail ? html`<p class="note">${words.connect.said} ${detail}</p>` : html``

/** What happened and what to do, for a form that was sent or an answer that came. */
export const refusalText = (words: Words, { fault, detail }: Refusal): Html =>
  html`<p class="error" role="alert">${words.connect.faults[fault]}</p>${saidBy(words, detail)}`

export function platformPage(
  words: Words,
  who: Who,
  given: {
    readonly offered: Offered
    readonly app: Awaited<ReturnType<Apps['look']>>
    readonly addresses: { readonly back: string; readonly webhooks: string }
    readonly news?: {
      /** A way, or `app`. */
      readonly form?: string
      readonly refusal?: Refusal
      readonly values?: Readonly<Record<string, string>>
      readonly isSaved?: boolean
    }
  },
): Html {
  const { offered, app, news = {} } = given
  const { platform, title, install } = offered
  const texts = words.connect.platforms[platform]
  const appIsMissing = app.from === 'nowhere'
  return page(
    words,
    { refresh: false },
    html`<header><h1>${words.connect.add}: ${title}</h1>${bar(words, who)}</header>
<main>
${news.refusal && news.form === undefined ? refusalText(words, news.refusal) : ''}
${install.ways.map((way) =>
  section(
    texts?.ways[way.name]?.title ?? way.name,
    html`<p class="note">${texts?.ways[way.name]?.hint ?? ''}</p>
${way.needsApp && appIsMissing ? html`<p role="status">${words.connect.app.missing}</p>` : wayForm(words, platform, way, news)}`,
  ),
)}
${install.appFields.length === 0 ? '' : appSection(words, given)}
<p><a href="/connect">${words.connect.heading}</a></p>
</main>`,
  )
}

type News = NonNullable<Parameters<typeof platformPage>[2]['news']>

/** A refusal that names a field stands next to it. */
function errorOf(words: Words, form: string, fields: readonly InstallField[], news: News): FormError | undefined {
  if (news.form !== form || !news.refusal) return undefined
  const { fault, field: name } = news.refusal
  const sentence = words.connect.faults[fault]
  return fields.some((one) => one.name === name) && name !== undefined ? { field: name, sentence } : { sentence }
}

function inputs(
  words: Words,
  form: string,
  fields: readonly InstallField[],
  news: News,
  more: Partial<InstallField> = {},
) {
  const error = errorOf(words, form, fields, news)
  return html`${formError(error)}${news.form === form ? saidBy(words, news.refusal?.detail) : ''}
${fields.map((one) => {
  const { label, hint } = words.connect.fields[one.name] ?? { label: one.name }
  const value = news.form === form ? news.values?.[one.name] : undefined
  if (one.kind === 'choice')
    return select(
      { form, name: one.name, label, chosen: value ?? '' },
      (one.choices ?? []).map((choice) => ({ value: choice, label: words.connect.choices[choice] ?? choice })),
    )
  return field(
    {
      form,
      name: one.name,
      label,
      hint,
      value,
      type: one.kind === 'secret' ? 'password' : 'text',
      autocomplete: 'off',
      isOptional: one.isOptional || (one.kind === 'secret' && more.isOptional),
    },
    error,
  )
})}`
}

const wayForm = (words: Words, platform: string, way: Way, news: News): Html =>
  html`<form method="post" action="/connect/${platform}" class="stack">
<input type="hidden" name="way" value="${way.name}">
${inputs(words, way.name, way.fields, news)}
<button class="main">${words.connect.platforms[platform]?.ways[way.name]?.go ?? words.connect.goOn}</button>
</form>`

function appSection(words: Words, { offered, app, addresses, news = {} }: Parameters<typeof platformPage>[2]): Html {
  const { platform, install } = offered
  const texts = words.connect.app
  const shown = { ...app.shown, ...(news.form === 'app' ? news.values : {}) }
  return section(
    texts.heading,
    html`<p class="note">${words.connect.platforms[platform]?.app ?? ''}</p>
<p>${texts.addresses}</p>
<dl>
<dt>${texts.returnAddress}</dt><dd><code>${addresses.back}</code></dd>
<dt>${texts.webhookAddress}</dt><dd><code>${addresses.webhooks}</code></dd>
</dl>
${news.isSaved ? html`<p role="status">${texts.saved}</p>` : ''}
${
  app.from === 'environment'
    ? html`<p>${texts.environment}</p>`
    : html`<form method="post" action="/connect/${platform}/app" class="stack">
${app.from === 'entered' ? html`<p class="note">${texts.secretStays}</p>` : ''}
${inputs(words, 'app', install.appFields, { ...news, form: 'app', values: shown, ...(news.form === 'app' ? {} : { refusal: undefined }) }, { isOptional: app.from === 'entered' })}
<button>${texts.save}</button>
</form>`
}`,
  )
}

/** What a consent opened, to choose from; or why it opened nothing. */
export function installPage(words: Words, who: Who, view: InstallView, refusal?: Refusal): Html {
  const failed: Refusal | undefined =
    refusal ?? (view.state === 'opened' ? undefined : { fault: view.fault ?? 'state', detail: view.detail })
  const isWhole = view.shops.every(({ missing }) => missing.length === 0)
  const back = html`<p><a href="/connect/${view.platform}">${words.connect.askAgain}</a></p>`
  return page(
    words,
    { refresh: false },
    html`<header><h1>${failed ? words.connect.refused : words.connect.opened}</h1>${bar(words, who)}</header>
<main>
${failed ? html`<section>${refusalText(words, failed)}</section>` : ''}
${view.shops.length === 0 ? back : chooseForm(words, view)}
${isWhole ? '' : back}
</main>`,
  )
}

const chooseForm = (words: Words, { id, shops }: InstallView): Html =>
  section(
    words.connect.fields.shops?.label ?? '',
    html`<p class="note">${words.connect.openedLead}</p>
<form method="post" action="/installs/${id}" class="stack">
${shops.map(
  (shop) => html`<label class="check"><input type="checkbox" name="shops" value="${shop.shop}"${
    shop.missing.length === 0 ? html` checked` : html` disabled`
  }> ${shop.title} <span class="small">${shop.shop}${shop.region ? html` · ${words.connect.region}: ${shop.region}` : ''}${
    shop.sellerType ? html` · ${words.connect.sellerType}: ${shop.sellerType}` : ''
  }</span></label>
${shop.missing.length === 0 ? '' : missingList(words, shop.missing)}`,
)}
${shops.some(({ missing }) => missing.length === 0) ? html`<button class="main">${words.connect.keep}</button>` : ''}
</form>`,
  )

const missingList = (
  words: Words,
  missing: readonly string[],
): Html => html`<p class="error">${words.connect.missingHeading}. ${words.connect.faults.incomplete}</p>
<ul>${missing.map((scope) => html`<li><code>${scope}</code>: ${words.connect.without[scope] ?? ''}</li>`)}</ul>`

/** What was found wrong with a shop, in plain words. */
export const diagnosisPage = (words: Words, who: Who, title: string, findings: readonly Finding[]): Html =>
  page(
    words,
    { refresh: false },
    html`<header><h1>${title}</h1>${bar(words, who)}</header>
<main>
${section(
  words.connect.diagnosis,
  html`<ul>${findings.map(
    ({ symptom, weight, detail }) =>
      html`<li>${pill(weight, symptom)} ${words.connect.symptoms[symptom]}${detail ? html` <span class="small">${detail}</span>` : ''}</li>`,
  )}</ul>`,
)}
<p><a href="/connect">${words.connect.heading}</a></p>
</main>`,
  )
