/** The pages for people. They work without JavaScript; every form is answered only when a page of ours sent it. */

import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { csrf } from 'hono/csrf'
import { HTTPException } from 'hono/http-exception'
import { secureHeaders } from 'hono/secure-headers'
import { isOwnPage } from '../api/caller.ts'
import type { ApiDeps } from '../api/deps.ts'
import { watchExposure } from '../api/read/exposure.ts'
import { reasonOf } from '../log.ts'
import { createAccessPages } from './access.ts'
import { createConnectPages } from './connect.ts'
import { createDoorPages } from './door.ts'
import { createLinkPages } from './link.ts'
import { createLivePages } from './live.ts'
import { refusedPage } from './refused-page.ts'
import { needs, type PageEnv, words } from './session.ts'
import { skuPage } from './sku-page.ts'
import { statusPage } from './status-page.ts'
import { style } from './style.ts'

/** The largest form has a handful of fields. */
const formBytesMax = 16_384
/** A file of links, or a hundred proposals. */
const fileBytesMax = 8 * 1024 * 1024

/** Nothing but our own sheet and our own forms; no scripts at all. */
const headers = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    styleSrc: ["'self'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
  },
  xFrameOptions: 'DENY',
  strictTransportSecurity: 'max-age=15552000',
})

/** Mount at `/`. */
export function createPages(deps: ApiDeps): Hono<PageEnv> {
  const app = new Hono<PageEnv>()
  const exposure = watchExposure(deps.store, deps.clock)
  app.onError((error, c) => {
    const { foreign, large, broken } = words(c).refused
    if (error instanceof HTTPException && error.status === 403) return c.html(refusedPage(words(c), foreign), 403)
    if (error instanceof HTTPException && error.status === 413) return c.html(refusedPage(words(c), large), 413)
    deps.log.error('page failed', { path: c.req.path, reason: reasonOf(error) })
    return c.html(refusedPage(words(c), broken), 500)
  })
  app.get('/style.css', (c) =>
    c.body(style, 200, { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'max-age=300' }),
  )
  app.use(headers)
  app.use(async (c, next) => {
    await next()
    if (c.res.headers.has('cache-control')) return
    c.header('cache-control', 'no-store')
    c.header('vary', 'Accept-Language, Cookie')
  })
  app.use(csrf({ secFetchSite: (_site, c) => isOwnPage(c), origin: (_origin, c) => isOwnPage(c) }))
  const [small, large] = [bodyLimit({ maxSize: formBytesMax }), bodyLimit({ maxSize: fileBytesMax })]
  app.use((c, next) => (c.req.path.startsWith('/link/') ? large : small)(c, next))
  app.get('/', needs(deps, 'read'), async (c) => c.html(await statusPage(deps, words(c), c.get('who'), exposure)))
  app.get('/skus/:sku', needs(deps, 'read'), async (c) => {
    const { status, body } = await skuPage(deps, words(c), c.get('who'), c.req.param('sku'), c.req.query('at') ?? '')
    return c.html(body, status)
  })
  app.route('/', createDoorPages(deps))
  app.route('/', createAccessPages(deps))
  app.route('/', createLinkPages(deps))
  app.route('/', createConnectPages(deps))
  app.route('/', createLivePages(deps))
  return app
}
