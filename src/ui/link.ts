/** What the forms of the linking page do. */

import { type Context, Hono } from 'hono'
import type { ApiDeps } from '../api/deps.ts'
import { relink } from '../api/linking.ts'
import { linksFile, takeLinks } from '../api/links-file.ts'
import { confirmFaults } from '../api/resources/listings-links.ts'
import { textOf as decoded } from '../catalog/csv.ts'
import { undoLast } from '../catalog/undo.ts'
import { asId } from '../domain.ts'
import { textOf, textsOf } from './forms.ts'
import { type LinkNews, linkPage } from './link-page.ts'
import { needs, type PageEnv, words } from './session.ts'

/** Mount at `/`. */
export function createLinkPages(deps: ApiDeps): Hono<PageEnv> {
  const { store, engine, accounts, clock } = deps
  const app = new Hono<PageEnv>()

  const show = async (c: Context<PageEnv>, status: 200 | 409 | 422 = 200, news?: LinkNews) =>
    c.html(await linkPage(deps, words(c), c.get('who'), news), status)

  app.get('/link', needs(deps, 'read'), (c) => show(c))

  /** Where Dutch is read, the comma is the decimal sign. */
  app.get('/link/listings.csv', needs(deps, 'read'), (c) =>
    linksFile(deps, { separator: words(c).language === 'nl' ? 'semicolon' : 'comma' }),
  )

  app.post('/link/import/:account', needs(deps, 'work'), async (c) => {
    const id = c.req.param('account')
    if (await accounts.get(id)) await engine.imports.begin(asId(id), c.get('who').name)
    return c.redirect('/link', 303)
  })

  app.post('/link/confirm', needs(deps, 'catalogue'), async (c) => {
    const form = await c.req.parseBody({ all: true })
    const links = textsOf(form.link).flatMap(linkIn)
    if (links.length === 0) return c.redirect('/link', 303)
    if ((await confirmFaults(deps, links)).length > 0)
      return await show(c, 409, { sentence: words(c).link.stale, isBad: true })
    const changes = links.map(({ account, listing, sku }) => ({ account, listing, parts: [{ sku, units: 1 }] }))
    await relink(deps, { what: 'confirm', by: c.get('who').name }, changes)
    return await show(c, 200, { sentence: words(c).link.confirmed.replace('{n}', String(links.length)) })
  })

  app.post('/link/file', needs(deps, 'catalogue'), async (c) => {
    const form = await c.req.parseBody()
    const dryRun = textOf(form.act) !== 'take'
    const { file } = form
    const text = file instanceof File ? decoded(new Uint8Array(await file.arrayBuffer())) : ''
    const taken = await takeLinks(deps, text, { dryRun, by: c.get('who').name })
    const { link } = words(c)
    if (!taken.ok) return await show(c, 422, { sentence: link.notTaken, isBad: true, errors: taken.errors })
    const sentence = dryRun
      ? link.checked.replace('{listings}', String(taken.listings))
      : link.taken.replace('{changed}', String(taken.changed))
    return await show(c, 200, { sentence })
  })

  app.post('/link/undo', needs(deps, 'catalogue'), async (c) => {
    const undone = await undoLast(store, { by: c.get('who').name, at: clock.now() })
    if (!undone.ok) return await show(c, 409, { sentence: words(c).link.notUndone, isBad: true })
    engine.wake(undone.skus.map((sku) => asId<'sku'>(sku)))
    return await show(c, 200, { sentence: words(c).link.undone })
  })
  return app
}

/** A ticked proposal, as the page wrote it; anything else is none. */
function linkIn(text: string): { account: string; listing: string; sku: string }[] {
  try {
    const parts: unknown = JSON.parse(text)
    if (!Array.isArray(parts)) return []
    const [account, listing, sku] = parts
    return typeof account === 'string' && typeof listing === 'string' && typeof sku === 'string'
      ? [{ account, listing, sku }]
      : []
  } catch {
    return []
  }
}
