/** The pages for people: a status page behind one login form. They work without JavaScript. */

import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { z } from 'zod'
import { sameSecret } from '../api/auth.ts'
import type { ApiDeps } from '../api/deps.ts'
import { loginPage } from './login-page.ts'
import { cookieName, createBrake, createSession, sessionMs } from './session.ts'
import { statusPage } from './status-page.ts'
import { style } from './style.ts'
import { wordsFor } from './words.ts'

/** A form with one token in it. */
const formBytesMax = 4096

/** Nothing but our own sheet and our own forms; no scripts at all. */
const pageHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  vary: 'Accept-Language, Cookie',
}

/** Mount at `/`. */
export function createPages(deps: ApiDeps): Hono {
  const session = createSession(deps.adminToken, deps.clock)
  const brake = createBrake(deps.clock)
  const app = new Hono()
  const words = (c: Context) => wordsFor(c.req.header('accept-language'))
  const isIn = (c: Context) => session.isValid(getCookie(c, cookieName))
  const known: MiddlewareHandler = async (c, next) => (isIn(c) ? await next() : c.redirect('/login', 303))

  app.get('/', known, async (c) => c.html(await statusPage(deps, words(c)), 200, pageHeaders))
  app.get('/style.css', (c) =>
    c.body(style, 200, { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'max-age=300' }),
  )
  app.get('/login', (c) => (isIn(c) ? c.redirect('/', 303) : c.html(loginPage(words(c)), 200, pageHeaders)))
  app.post('/login', bodyLimit({ maxSize: formBytesMax }), async (c) => {
    const caller = callerOf(c)
    if (brake.isOn(caller))
      return c.html(loginPage(words(c), words(c).login.tooMany), 429, { ...pageHeaders, 'retry-after': '60' })
    const { token } = await c.req.parseBody()
    if (typeof token !== 'string' || !sameSecret(token.trim(), deps.adminToken)) {
      brake.failed(caller)
      return c.html(loginPage(words(c), words(c).login.wrong), 401, pageHeaders)
    }
    setCookie(c, cookieName, session.issue(), cookieOptions(c))
    return c.redirect('/', 303)
  })
  app.post('/logout', (c) => {
    deleteCookie(c, cookieName, { path: '/' })
    return c.redirect('/login', 303)
  })
  return app
}

function cookieOptions(c: Context) {
  const isHttps = new URL(c.req.url).protocol === 'https:' || c.req.header('x-forwarded-proto') === 'https'
  return { path: '/', httpOnly: true, sameSite: 'Strict', secure: isHttps, maxAge: sessionMs / 1000 } as const
}

const nodeBindings = z.object({ incoming: z.object({ socket: z.object({ remoteAddress: z.string() }) }) })

/** The address of the connection. A header that names another one could be made up by whoever guesses. */
function callerOf(c: Context): string {
  const bindings = nodeBindings.safeParse(c.env)
  return bindings.success ? bindings.data.incoming.socket.remoteAddress : 'unknown'
}
