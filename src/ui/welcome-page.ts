/** What the first user is offered: a shop of their own, or sandbox shops. */

import { html } from 'hono/html'
import type { Words } from './en.ts'
import { type Html, page } from './parts.ts'

export const welcomePage = (words: Words): Html =>
  page(
    words,
    { refresh: false },
    html`<main class="door">
<h1>${words.welcome.heading}</h1>
<p class="note">${words.welcome.lead}</p>
<section>
<h2>${words.welcome.connect}</h2>
<p>${words.welcome.connectHint}</p>
<p><a href="/connect">${words.connect.add}</a></p>
</section>
<section>
<h2>${words.welcome.sandbox}</h2>
<p>${words.welcome.sandboxHint}</p>
<pre><code>npm run demo -- --stay</code></pre>
</section>
<p><a href="/">${words.welcome.later}</a></p>
</main>`,
  )
