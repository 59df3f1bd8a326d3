/** Who looks at the pages: the session's cookie, and what stands between a page and who may not see it. */

import type { Context, MiddlewareHandler } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { cookieName, isHttps, whoOf } from '../api/caller.ts'
import type { ApiDeps } from '../api/deps.ts'
import { may, type Permission, type Who } from '../users/roles.ts'
import { sessionMsMax } from '../users/sessions.ts'
import { refusedPage } from './refused-page.ts'
import { wordsFor } from './words.ts'

export interface PageEnv {
  Variables: { who: Who }
}

export const words = (c: Context) => wordsFor(c.req.header('accept-language'))

export const sessionOf = (c: Context): string | undefined => getCookie(c, cookieName)

/** The browser keeps it for longer than an idle session lasts; the database says when that has ended. */
export function keepSession(c: Context, secret: string): void {
  setCookie(c, cookieName, secret, {
    path: '/',
    httpOnly: true,
    sameSite: 'Strict',
    secure: isHttps(c),
    maxAge: sessionMsMax / 1000,
  })
}

export const dropSession = (c: Context): void => {
  deleteCookie(c, cookieName, { path: '/', secure: isHttps(c) })
}

/** Lets in who is signed in and may do this; the others are shown the way. Put it before every page. */
export function needs(deps: ApiDeps, permission: Permission): MiddlewareHandler<PageEnv> {
  return async (c, next) => {
    const who = await whoOf(c, deps)
    if (!who) return c.redirect((await deps.identity.firstStart.isOpen()) ? '/first' : '/login', 303)
    if (!may(who, permission)) return c.html(refusedPage(words(c), words(c).refused.role), 403)
    c.set('who', who)
    await next()
  }
}
