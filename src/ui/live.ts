/** What the page before going live does: it shows, and lets a shop or a part of it be written to when somebody says so. */

import { type Context, Hono } from 'hono'
import type { ApiDeps } from '../api/deps.ts'
import { goLive } from '../api/go-live.ts'
import { livenessOf, readDryRun } from '../api/read/dry-run.ts'
import { readExposure } from '../api/read/exposure.ts'
import { isRefusal } from '../api/refusal.ts'
import { asId } from '../domain.ts'
import { ChannelError } from '../errors.ts'
import { textOf, textsOf } from './forms.ts'
import { type LiveNews, livePage } from './live-page.ts'
import { refusedPage } from './refused-page.ts'
import { needs, type PageEnv, words } from './session.ts'

/** Mount at `/`. */
export function createLivePages(deps: ApiDeps): Hono<PageEnv> {
  const { accounts, store, clock } = deps
  const app = new Hono<PageEnv>()

  async function show(c: Context<PageEnv>, id: string, status: 200 | 409 | 422 | 502, news?: LiveNews) {
    const account = await accounts.get(id)
    if (!account) return c.html(refusedPage(words(c), words(c).refused.broken), 404)
    const given = {
      account,
      live: await livenessOf(store.db, account),
      found: await readDryRun(deps, asId(id)),
      exposedUnits: (await readExposure(store.db, clock.now(), 1)).exposedUnits,
      ...(news && { news }),
    }
    return c.html(livePage(words(c), c.get('who'), given), status)
  }

  app.get('/shops/:account/dry-run', needs(deps, 'read'), (c) => show(c, c.req.param('account'), 200))

  app.post('/shops/:account/go-live', needs(deps, 'shops'), async (c) => {
    const id = c.req.param('account')
    const texts = words(c).goLive
    const form = await c.req.parseBody({ all: true })
    if (textOf(form.seen) !== 'yes') return await show(c, id, 422, { error: texts.notSeen })
    const listings = textsOf(form.listings)
    const isWhole = textOf(form.act) === 'all'
    if (!isWhole && listings.length === 0) return await show(c, id, 422, { error: texts.noneChosen })
    try {
      const done = await goLive(deps, c.get('who'), id, isWhole ? {} : { listings })
      return isRefusal(done)
        ? await show(c, id, 409, { error: texts.refused, detail: done.detail })
        : await show(c, id, 200, { done: texts.done.replace('{n}', String(done.keptRegisters)) })
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error
      return await show(c, id, 502, { error: texts.noAnswer })
    }
  })
  return app
}
