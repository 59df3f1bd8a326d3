/** What the forms of the access page do. */

import { type Context, Hono } from 'hono'
import type { ApiDeps } from '../api/deps.ts'
import { permissions, type Role, roles } from '../users/roles.ts'
import type { Refused, UserChange } from '../users/users.ts'
import { type AccessNews, accessPage, tokenDays } from './access-page.ts'
import { textOf, textsOf } from './forms.ts'
import { needs, type PageEnv, words } from './session.ts'

const dayMs = 86_400_000
const titleLengthMax = 100

const path = '/settings/access'

/** Mount at `/`. */
export function createAccessPages(deps: ApiDeps): Hono<PageEnv> {
  const { users, tokens } = deps.identity
  const app = new Hono<PageEnv>()
  app.use(path, needs(deps, 'access'))
  app.use(`${path}/*`, needs(deps, 'access'))

  const show = async (c: Context<PageEnv>, status: 200 | 201 | 422, news?: AccessNews) =>
    c.html(await accessPage(deps, words(c), c.get('who'), news), status)

  const wrong = (c: Context<PageEnv>, form: string, { field, fault }: Refused, values?: AccessNews['values']) =>
    show(c, 422, { form, error: { field, sentence: words(c).faults[fault] }, values })

  app.get(path, (c) => show(c, 200))

  app.post(`${path}/users`, async (c) => {
    const form = await c.req.parseBody()
    const name = textOf(form.name)
    const made = await users.create(c.get('who'), {
      name,
      role: roleOf(form.role) ?? 'viewer',
      password: textOf(form.password),
    })
    return made.ok ? c.redirect(path, 303) : await wrong(c, 'user', made, { name })
  })

  app.post(`${path}/users/:id`, async (c) => {
    const form = await c.req.parseBody()
    const id = c.req.param('id')
    const changed = await users.change(c.get('who'), id, changeOf(form))
    return changed.ok ? c.redirect(path, 303) : await wrong(c, id, changed)
  })

  app.post(`${path}/tokens`, async (c) => {
    const form = await c.req.parseBody({ all: true })
    const title = textOf(form.title).trim()
    const named = textsOf(form.scopes)
    const scopes = permissions.filter((one) => named.includes(one))
    const days = tokenDays.find((one) => String(one) === form.days) ?? 30
    const again = (field: string, fault: 'titleEmpty' | 'titleLong' | 'scopesEmpty' | 'scopesBeyond') =>
      show(c, 422, { form: 'token', error: { field, sentence: words(c).faults[fault] }, values: { title } })
    if (title === '') return await again('title', 'titleEmpty')
    if (title.length > titleLengthMax) return await again('title', 'titleLong')
    if (scopes.length === 0) return await again('scopes', 'scopesEmpty')
    const expiresAt = days === 0 ? null : deps.clock.now() + days * dayMs
    const made = await tokens.create(c.get('who'), { title, scopes, expiresAt })
    return made.ok ? await show(c, 201, { secret: made.secret }) : await again('scopes', 'scopesBeyond')
  })

  app.post(`${path}/tokens/:id/revoke`, async (c) => {
    await tokens.revoke(c.get('who'), c.req.param('id'))
    return c.redirect(path, 303)
  })
  return app
}

const roleOf = (value: unknown): Role | undefined => roles.find((role) => role === value)

type Form = Readonly<Record<string, unknown>>

/** Each button of a user's line is one change. */
const changes: Readonly<Record<string, (form: Form) => UserChange>> = {
  role: ({ role }) => ({ role: roleOf(role) }),
  disable: () => ({ state: 'disabled' }),
  enable: () => ({ state: 'active' }),
  password: ({ password }) => ({ password: textOf(password) }),
}

const changeOf = (form: Form): UserChange => changes[textOf(form.act)]?.(form) ?? {}
