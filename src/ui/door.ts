/** The way in and out: the first user, signing in, signing out, and a new password. */

import { type Context, Hono } from 'hono'
import { addressOf } from '../api/caller.ts'
import type { ApiDeps } from '../api/deps.ts'
import { type FormError, textOf } from './forms.ts'
import { firstPage, loginPage, passwordPage } from './login-page.ts'
import { dropSession, keepSession, needs, type PageEnv, sessionOf, words } from './session.ts'
import { welcomePage } from './welcome-page.ts'

const minutesOf = (ms: number) => String(Math.ceil(ms / 60_000))

/** Mount at `/`. */
export function createDoorPages(deps: ApiDeps): Hono<PageEnv> {
  const { identity } = deps
  const app = new Hono<PageEnv>()

  const isIn = async (c: Context) => (await identity.bySession(sessionOf(c), undefined)) !== undefined

  const tooMany = (c: Context, retryAfterMs: number): FormError => {
    c.header('retry-after', String(Math.ceil(retryAfterMs / 1000)))
    return { sentence: words(c).login.tooMany.replace('{n}', minutesOf(retryAfterMs)) }
  }

  app.get('/login', async (c) => {
    if (await identity.firstStart.isOpen()) return c.redirect('/first', 303)
    if (await isIn(c)) return c.redirect('/', 303)
    const note = c.req.query('changed') === undefined ? undefined : words(c).login.changed
    return c.html(loginPage(words(c), { note }))
  })

  app.post('/login', async (c) => {
    const form = await c.req.parseBody()
    const name = textOf(form.name)
    const done = await identity.signIn({ name, password: textOf(form.password), from: addressOf(c, deps) })
    if (done.ok) {
      keepSession(c, done.secret)
      return c.redirect('/', 303)
    }
    if (done.reason === 'later') return c.html(loginPage(words(c), { name, error: tooMany(c, done.retryAfterMs) }), 429)
    return c.html(loginPage(words(c), { name, error: { sentence: words(c).login.wrong } }), 401)
  })

  app.post('/logout', async (c) => {
    await identity.signOut(sessionOf(c), addressOf(c, deps))
    dropSession(c)
    return c.redirect('/login', 303)
  })

  app.get('/first', async (c) =>
    (await identity.firstStart.isOpen()) ? c.html(firstPage(words(c))) : c.redirect('/login', 303),
  )

  app.post('/first', async (c) => {
    if (!(await identity.firstStart.isOpen())) return c.redirect('/login', 303)
    const form = await c.req.parseBody()
    const [name, password] = [textOf(form.name), textOf(form.password)]
    const again = (error: FormError) => firstPage(words(c), { name, error })
    if (password !== textOf(form.again)) return c.html(again({ field: 'again', sentence: words(c).faults.again }), 422)
    const done = await identity.firstStart.make({
      token: textOf(form.token),
      name,
      password,
      from: addressOf(c, deps),
    })
    if (done.ok) {
      keepSession(c, done.secret)
      return c.redirect('/welcome', 303)
    }
    if ('fault' in done) return c.html(again({ field: done.field, sentence: words(c).faults[done.fault] }), 422)
    if (done.reason === 'later') return c.html(again(tooMany(c, done.retryAfterMs)), 429)
    return c.html(again({ field: 'token', sentence: words(c).first.wrongToken }), 401)
  })

  app.get('/welcome', needs(deps, 'shops'), (c) => c.html(welcomePage(words(c))))

  app.get('/settings/password', needs(deps, 'read'), (c) => c.html(passwordPage(words(c), c.get('who').name)))

  app.post('/settings/password', needs(deps, 'read'), async (c) => {
    const form = await c.req.parseBody()
    const who = c.get('who')
    const again = (error: FormError) => passwordPage(words(c), who.name, error)
    if (textOf(form.password) !== textOf(form.again))
      return c.html(again({ field: 'again', sentence: words(c).faults.again }), 422)
    const done = await identity.changeOwnPassword(who, textOf(form.current), textOf(form.password))
    if (done.ok) {
      dropSession(c)
      return c.redirect('/login?changed', 303)
    }
    if ('fault' in done) return c.html(again({ field: done.field, sentence: words(c).faults[done.fault] }), 422)
    return c.html(again(tooMany(c, done.retryAfterMs)), 429)
  })
  return app
}
