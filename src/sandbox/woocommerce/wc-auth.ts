/** The approval page: a shop asks its administrator, posts a new key to the app, and takes it back unless that was answered with 200. */

import type { Hono } from 'hono'
import { html } from 'hono/html'
import type { Fetch } from '../../clock.ts'
import type { ApiKey } from './options.ts'

interface Keys {
  make(permissions: ApiKey['permissions']): ApiKey & { readonly id: number }
  takeBack(key: ApiKey): void
  readonly fetch: Fetch
}

const names = ['app_name', 'scope', 'user_id', 'return_url', 'callback_url'] as const
type Asked = Readonly<Record<(typeof names)[number], string>>

const scopes = ['read', 'write', 'read_write'] as const

/** What the page says when it does not ask, as an HTML page with 401. */
function problemWith(asked: Asked): string | undefined {
  const missing = names.find((name) => asked[name] === '')
  if (missing) return `Error: Missing parameter ${missing}.`
  if (!scopes.some((scope) => scope === asked.scope)) return `Error: Invalid scope ${asked.scope}.`
  for (const name of ['return_url', 'callback_url'] as const)
    if (!URL.canParse(asked[name])) return `Error: The ${name} is not a valid URL.`
  return asked.callback_url.startsWith('https://') ? undefined : 'Error: The callback_url needs to be over SSL.'
}

const denied = (text: string) => html`<!doctype html>
<html lang="en"><head><title>Access denied</title></head><body><h1>Access denied</h1><p>${text}</p></body></html>`

const question = (asked: Asked) => html`<!doctype html>
<html lang="en">
  <head><meta charset="utf-8" /><title>${asked.app_name} would like to connect to your store</title></head>
  <body>
    <h1>${asked.app_name} would like to connect to your store</h1>
    <p>This sandbox stands for the page where an administrator agrees. It gives ${asked.scope} access.</p>
    <form method="post" action="/wc-auth/v1/access_granted">
      ${names.map((name) => html`<input type="hidden" name="${name}" value="${asked[name]}" />`)}
      <button name="answer" value="approve">Approve</button>
      <button name="answer" value="deny">No thanks</button>
    </form>
  </body>
</html>`

export function addApproval(app: Hono, keys: Keys): void {
  const backTo = ({ return_url, user_id }: Asked, success: '0' | '1') => {
    const url = new URL(return_url)
    url.searchParams.set('success', success)
    url.searchParams.set('user_id', user_id)
    return url.href
  }

  app.get('/wc-auth/v1/authorize', (c) => {
    const asked = askedOf((name) => c.req.query(name))
    const problem = problemWith(asked)
    return problem ? c.html(denied(problem), 401) : c.html(question(asked))
  })

  app.post('/wc-auth/v1/access_granted', async (c) => {
    const form = await c.req.parseBody()
    const asked = askedOf((name) => (typeof form[name] === 'string' ? form[name] : undefined))
    const problem = problemWith(asked)
    if (problem) return c.html(denied(problem), 401)
    if (form.answer !== 'approve') return c.redirect(backTo(asked, '0'))
    const key = keys.make(scopes.find((scope) => scope === asked.scope) ?? 'read')
    const body = JSON.stringify({
      key_id: key.id,
      user_id: asked.user_id,
      consumer_key: key.consumerKey,
      consumer_secret: key.consumerSecret,
      key_permissions: key.permissions,
    })
    const headers = { 'content-type': 'application/json;charset=UTF-8' }
    const answer = await keys
      .fetch(new Request(asked.callback_url, { method: 'POST', headers, body }))
      .catch(() => undefined)
    if (answer?.status === 200) return c.redirect(backTo(asked, '1'))
    keys.takeBack(key)
    return c.html(
      denied('Error: An error occurred in the request and at the time were unable to send the consumer data.'),
      401,
    )
  })
}

const askedOf = (get: (name: string) => string | undefined): Asked => ({
  app_name: get('app_name') ?? '',
  scope: get('scope') ?? '',
  user_id: get('user_id') ?? '',
  return_url: get('return_url') ?? '',
  callback_url: get('callback_url') ?? '',
})
