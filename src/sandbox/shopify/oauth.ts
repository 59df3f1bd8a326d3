/** The OAuth pages: a merchant's consent, the signed way back to the app, and the token endpoint. */

import { createHmac } from 'node:crypto'
import type { Context, Hono } from 'hono'
import { html } from 'hono/html'
import type { World } from './world.ts'

/** The signature of a callback: hex HMAC over the sorted query without `hmac`. */
export function callbackQuery(world: World, code: string, state: string): URLSearchParams {
  const { shop } = world.options
  const query = new URLSearchParams({
    code,
    host: Buffer.from(`admin.shopify.com/store/${shop.split('.')[0]}`)
      .toString('base64')
      .replace(/=+$/, ''),
    shop,
    state,
    timestamp: String(Math.floor(world.now() / 1000)),
  })
  query.sort()
  query.set('hmac', createHmac('sha256', world.tokens.clientSecret).update(query.toString()).digest('hex'))
  return query
}

interface Asked {
  readonly clientId: string
  readonly scope: string
  readonly redirectUri: string
  readonly state: string
}

const askedOf = (get: (name: string) => string | undefined): Asked => ({
  clientId: get('client_id') ?? '',
  scope: get('scope') ?? '',
  redirectUri: get('redirect_uri') ?? '',
  state: get('state') ?? '',
})

function problemWith(world: World, { clientId, redirectUri }: Asked): string | undefined {
  if (clientId !== world.tokens.clientId)
    return 'Oauth error invalid_request: Could not find Shopify API application with that client_id'
  const { redirectUris } = world.options
  if (!URL.canParse(redirectUri) || (redirectUris && !redirectUris.includes(redirectUri)))
    return 'Oauth error invalid_request: The redirect_uri is not whitelisted'
  return undefined
}

const scopesOf = (scope: string): string[] => scope.split(/[\s,]+/).filter(Boolean)

const consentPage = (world: World, asked: Asked) => html`<!doctype html>
<html lang="en">
  <head><meta charset="utf-8" /><title>Install app</title></head>
  <body>
    <h1>Install the app on ${world.options.shop}?</h1>
    <p>This sandbox stands for the page where a merchant agrees. The app asks for:</p>
    <ul>${scopesOf(asked.scope).map((scope) => html`<li>${scope}</li>`)}</ul>
    <form method="post" action="/admin/oauth/authorize">
      <input type="hidden" name="client_id" value="${asked.clientId}" />
      <input type="hidden" name="scope" value="${asked.scope}" />
      <input type="hidden" name="redirect_uri" value="${asked.redirectUri}" />
      <input type="hidden" name="state" value="${asked.state}" />
      <button name="answer" value="install">Install</button>
      <button name="answer" value="cancel">Cancel</button>
    </form>
  </body>
</html>`

async function formOf(context: Context): Promise<Record<string, unknown>> {
  const text = await context.req.text()
  if (!context.req.header('content-type')?.includes('json')) return Object.fromEntries(new URLSearchParams(text))
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null ? { ...body } : {}
  } catch {
    return {}
  }
}

export function addOauth(app: Hono, world: World): void {
  app.get('/admin/oauth/authorize', (context) => {
    const asked = askedOf((name) => context.req.query(name))
    const problem = problemWith(world, asked)
    return problem ? context.text(problem, 400) : context.html(consentPage(world, asked))
  })
  app.post('/admin/oauth/authorize', async (context) => {
    const form = await formOf(context)
    const asked = askedOf((name) => (typeof form[name] === 'string' ? form[name] : undefined))
    const problem = problemWith(world, asked)
    if (problem) return context.text(problem, 400)
    // Who cancels is taken back to the shop; the app is told nothing.
    if (form.answer !== 'install') return context.redirect('/admin/apps')
    const back = new URL(asked.redirectUri)
    const code = world.tokens.code(scopesOf(asked.scope))
    for (const [name, value] of callbackQuery(world, code, asked.state)) back.searchParams.set(name, value)
    return context.redirect(back.href)
  })
  app.post('/admin/oauth/access_token', async (context) => {
    const { status, body } = world.tokens.exchange(await formOf(context))
    return context.json(body, status)
  })
}
