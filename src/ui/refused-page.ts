/** What a person sees when a page cannot be shown or a form was not done: one sentence and the way back. */

import { html } from 'hono/html'
import type { Words } from './en.ts'
import { type Html, page } from './parts.ts'

export const refusedPage = (words: Words, sentence: string): Html =>
  page(
    words,
    { refresh: false },
    html`<main class="door"><section>
<h1>${words.refused.heading}</h1>
<p role="alert">${sentence}</p>
<p><a href="/">${words.refused.back}</a></p>
</section></main>`,
  )
