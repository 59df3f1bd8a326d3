/** The links on every page of somebody who is signed in, as far as their role goes. */

import { html } from 'hono/html'
import { may, type Who } from '../users/roles.ts'
import type { Words } from './en.ts'
import type { Html } from './parts.ts'

export const bar = (words: Words, who: Who): Html => html`<nav class="bar">
<a href="/">${words.bar.status}</a>
<a href="/link">${words.link.heading}</a>
${may(who, 'shops') ? html`<a href="/connect">${words.connect.heading}</a>` : ''}
${may(who, 'access') ? html`<a href="/settings/access">${words.access.heading}</a>` : ''}
<a href="/settings/password">${who.name}</a>
<form method="post" action="/logout"><button>${words.login.leave}</button></form>
</nav>`
