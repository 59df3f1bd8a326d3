/** The authorisation page behind the service link: the seller agrees, and is sent to the address that Partner Center knows. */

import type { Hono } from 'hono'
import { html } from 'hono/html'
import type { Shop } from './model.ts'
import type { Tokens } from './tokens.ts'

/** What stands in the link in place of the app key. */
export const serviceIdOf = ({ appKey }: Pick<Shop, 'appKey'>): string => `service-${appKey}`

export function addConsent(app: Hono, shop: Shop, tokens: Tokens): void {
  const problemWith = (serviceId: string | undefined) => {
    if (serviceId !== serviceIdOf(shop)) return 'The service does not exist.'
    return shop.options.redirectUrl === undefined ? 'The app has no redirect URL in Partner Center.' : undefined
  }

  app.get('/open/authorize', (c) => {
    const { service_id: serviceId, state = '' } = c.req.query()
    const problem = problemWith(serviceId)
    if (problem) return c.text(problem, 400)
    return c.html(html`<!doctype html>
<html lang="en">
  <head><meta charset="utf-8" /><title>Authorize app</title></head>
  <body>
    <h1>Authorize the app for ${shop.name}?</h1>
    <p>This sandbox stands for the page where a seller agrees.</p>
    <form method="post" action="/open/authorize">
      <input type="hidden" name="service_id" value="${serviceId}" />
      <input type="hidden" name="state" value="${state}" />
      <button name="answer" value="authorize">Authorize</button>
    </form>
  </body>
</html>`)
  })

  app.post('/open/authorize', async (c) => {
    const form = await c.req.parseBody()
    const problem = problemWith(typeof form.service_id === 'string' ? form.service_id : undefined)
    if (problem) return c.text(problem, 400)
    const back = new URL(shop.options.redirectUrl ?? '')
    back.searchParams.set('app_key', shop.appKey)
    back.searchParams.set('code', tokens.consent())
    back.searchParams.set('locale', 'en')
    back.searchParams.set('shop_region', shop.options.region)
    if (typeof form.state === 'string') back.searchParams.set('state', form.state)
    return c.redirect(back.href)
  })
}
