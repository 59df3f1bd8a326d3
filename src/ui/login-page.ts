/** The forms in front of the pages: signing in, the very first user, and a new password. */

import { html } from 'hono/html'
import type { Words } from './en.ts'
import { type FormError, field, formError } from './forms.ts'
import { type Html, page } from './parts.ts'

const door = (words: Words, heading: string, body: Html): Html =>
  page(
    words,
    { refresh: false },
    html`<main class="door"><section>
<h1>${words.title}</h1>
<p class="note">${words.subtitle}</p>
<h2>${heading}</h2>
${body}
</section></main>`,
  )

export const loginPage = (
  words: Words,
  { name = '', error, note }: { name?: string; error?: FormError; note?: string } = {},
): Html =>
  door(
    words,
    words.login.heading,
    html`<form method="post" action="/login">
${note === undefined ? '' : html`<p role="status">${note}</p>`}
${formError(error)}
${field({ name: 'name', label: words.login.name, value: name, autocomplete: 'username', isFirst: name === '' }, error)}
${field({ name: 'password', label: words.login.password, type: 'password', autocomplete: 'current-password', isFirst: name !== '' }, error)}
<button class="main">${words.login.enter}</button>
</form>`,
  )

export const firstPage = (words: Words, { name = '', error }: { name?: string; error?: FormError } = {}): Html =>
  door(
    words,
    words.first.heading,
    html`<p>${words.first.lead}</p>
<form method="post" action="/first">
${formError(error)}
${field({ name: 'token', label: words.first.token, hint: words.first.tokenHint, type: 'password', autocomplete: 'off', isFirst: true }, error)}
${field({ name: 'name', label: words.first.name, hint: words.first.nameHint, value: name, autocomplete: 'username' }, error)}
${field({ name: 'password', label: words.first.password, hint: words.first.passwordHint, type: 'password', autocomplete: 'new-password' }, error)}
${field({ name: 'again', label: words.first.again, type: 'password', autocomplete: 'new-password' }, error)}
<button class="main">${words.first.make}</button>
</form>`,
  )

export const passwordPage = (words: Words, name: string, error?: FormError): Html =>
  door(
    words,
    words.password.heading,
    html`<form method="post" action="/settings/password">
${formError(error)}
<p>${name}</p>
${field({ name: 'current', label: words.password.current, type: 'password', autocomplete: 'current-password', isFirst: true }, error)}
${field({ name: 'password', label: words.password.next, hint: words.first.passwordHint, type: 'password', autocomplete: 'new-password' }, error)}
${field({ name: 'again', label: words.first.again, type: 'password', autocomplete: 'new-password' }, error)}
<p class="note">${words.password.hint}</p>
<button class="main">${words.password.change}</button>
</form>
<p><a href="/">${words.refused.back}</a></p>`,
  )
