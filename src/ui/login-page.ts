/** The form that asks for the admin token once. */

import { html } from 'hono/html'
import type { Words } from './en.ts'
import { type Html, page } from './parts.ts'

export const loginPage = (words: Words, error?: string): Html =>
  page(
    words,
    { refresh: false },
    html`<main class="door"><section>
<h1>${words.title}</h1>
<p class="note">${words.subtitle}</p>
<form method="post" action="/login">
${error === undefined ? '' : html`<p class="error" role="alert">${error}</p>`}
<label for="token">${words.login.token}</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<p class="note">${words.login.hint}</p>
<button class="main">${words.login.enter}</button>
</form>
</section></main>`,
  )
