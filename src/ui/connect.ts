/** What the pages about connecting shops do. Only who may change shops comes in, and only a page of ours starts anything. */

import { type Context, Hono } from 'hono'
import type { ApiDeps } from '../api/deps.ts'
import { readConnections } from '../api/read/connections.ts'
import { hashOf } from '../users/secrets.ts'
import { diagnosisPage, installPage, type Offered, onwardPage, platformPage } from './connect-page.ts'
import { shopsPage } from './connect-shops.ts'
import { textOf, textsOf } from './forms.ts'
import { refusedPage } from './refused-page.ts'
import { needs, type PageEnv, sessionOf, words } from './session.ts'

/** A platform's answer is a handful of short parameters. */
const queryLengthMax = 4096

/** Mount at `/`. */
export function createConnectPages(deps: ApiDeps): Hono<PageEnv> {
  const { installs, apps, identity, store } = deps
  const app = new Hono<PageEnv>()
  const mayConnect = needs(deps, 'shops')

  /** One browser's session of one person; a stranger's answer fits no other. */
  const holderOf = (c: Context<PageEnv>) => hashOf(`install\n${c.get('who').id}\n${sessionOf(c) ?? ''}`)

  const offeredAs = (c: Context): Offered | undefined =>
    installs.offered.find(({ platform }) => platform === c.req.param('platform'))

  async function show(
    c: Context<PageEnv>,
    offered: Offered,
    status: 200 | 422,
    news?: Parameters<typeof platformPage>[2]['news'],
  ) {
    const { platform } = offered
    const url = deps.publicUrl()
    const addresses = { back: `${url}/connect/${platform}/back`, webhooks: `${url}/webhooks/${platform}` }
    const given = { offered, app: await apps.look(platform), addresses, ...(news && { news }) }
    return c.html(platformPage(words(c), c.get('who'), given), status)
  }

  const nowhere = (c: Context) => c.html(refusedPage(words(c), words(c).refused.broken), 404)

  app.get('/connect', mayConnect, async (c) => c.html(await shopsPage(deps, words(c), c.get('who'))))

  app.get('/connect/:platform', mayConnect, async (c) => {
    const offered = offeredAs(c)
    return offered ? await show(c, offered, 200) : nowhere(c)
  })

  app.post('/connect/:platform/app', mayConnect, async (c) => {
    const offered = offeredAs(c)
    if (!offered) return nowhere(c)
    const form = await c.req.parseBody()
    const { appFields } = offered.install
    const given = Object.fromEntries(appFields.map(({ name }) => [name, textOf(form[name])]))
    const done = await apps.enter(offered.platform, given)
    const open = Object.fromEntries(
      appFields.flatMap(({ name, kind }) => (kind === 'secret' ? [] : [[name, given[name] ?? '']])),
    )
    if (!done.ok)
      return await show(c, offered, 422, { form: 'app', refusal: { fault: 'field', field: done.field }, values: open })
    await identity.audit(store.db, { who: c.get('who'), what: 'app.entered', subject: offered.platform })
    return await show(c, offered, 200, { form: 'app', isSaved: true, values: open })
  })

  app.post('/connect/:platform', mayConnect, async (c) => {
    const offered = offeredAs(c)
    if (!offered) return nowhere(c)
    const form = await c.req.parseBody()
    const way = textOf(form.way)
    const fields = offered.install.ways.find(({ name }) => name === way)?.fields ?? []
    const given = Object.fromEntries(fields.map(({ name }) => [name, textOf(form[name])]))
    const done = await installs.start({ platform: offered.platform, way, given, holder: holderOf(c) })
    if (!done.ok) {
      const values = Object.fromEntries(
        fields.flatMap(({ name, kind }) => (kind === 'secret' ? [] : [[name, given[name] ?? '']])),
      )
      return await show(c, offered, 422, { form: way, refusal: done, values })
    }
    if (done.url === undefined) return c.redirect(`/installs/${done.id}`, 303)
    // A page and no redirect: browsers hold forms to our own addresses, and follow that through redirects.
    const place = new URL(done.url).host
    return c.html(onwardPage(words(c), words(c).connect.onward.replace('{place}', place), done.url))
  })

  /** Browsers keep our cookie back when another site sends them: this page asks for the next one by itself, and does nothing else. */
  app.get('/connect/:platform/back', (c) => {
    const { search } = new URL(c.req.url)
    const offered = offeredAs(c)
    if (!offered || search.length > queryLengthMax) return nowhere(c)
    c.header('referrer-policy', 'no-referrer')
    return c.html(onwardPage(words(c), words(c).connect.returning, `/connect/${offered.platform}/answer${search}`))
  })

  app.get('/connect/:platform/answer', mayConnect, async (c) => {
    const offered = offeredAs(c)
    if (!offered || new URL(c.req.url).search.length > queryLengthMax) return nowhere(c)
    const done = await installs.comeBack(offered.platform, c.req.query(), holderOf(c))
    if (done.ok) return c.redirect(`/installs/${done.id}`, 303)
    await identity.audit(store.db, {
      who: c.get('who'),
      what: 'shop.refused',
      subject: offered.platform,
      detail: { fault: done.fault },
    })
    return await show(c, offered, 422, { refusal: done })
  })

  app.get('/installs/:id', mayConnect, async (c) => {
    const view = await installs.look(c.req.param('id'), holderOf(c))
    if (!view || view.state === 'done') return c.redirect('/connect', 303)
    return c.html(installPage(words(c), c.get('who'), view), view.state === 'opened' ? 200 : 422)
  })

  app.post('/installs/:id', mayConnect, async (c) => {
    const id = c.req.param('id')
    const form = await c.req.parseBody({ all: true })
    const done = await installs.choose(id, holderOf(c), textsOf(form.shops))
    if (!done.ok) {
      const view = await installs.look(id, holderOf(c))
      return view ? c.html(installPage(words(c), c.get('who'), view, done), 422) : c.redirect('/connect', 303)
    }
    for (const { account, isNew } of done.connected) {
      const what = isNew ? 'shop.connected' : 'shop.connected-again'
      await identity.audit(store.db, { who: c.get('who'), what, subject: account.id, detail: { shop: account.shop } })
      await deps.care.want(account.id, 'connected')
    }
    return c.redirect('/connect', 303)
  })

  app.post('/privacy/:id', mayConnect, async (c) => {
    const id = c.req.param('id')
    if (await deps.privacy.settle(id))
      await identity.audit(store.db, { who: c.get('who'), what: 'privacy.settled', subject: id })
    return c.redirect('/connect', 303)
  })

  app.post('/shops/:account', mayConnect, async (c) => {
    const account = await deps.accounts.get(c.req.param('account'))
    if (!account) return nowhere(c)
    const form = await c.req.parseBody()
    if (form.act === 'diagnose') {
      const opened = await deps.accounts.open(account.id)
      const found = (await opened?.channel.diagnose?.()) ?? []
      const isSilent = (await readConnections(deps)).some(
        ({ id, sources }) => id === account.id && sources.some(({ source, isLate }) => source === 'webhooks' && isLate),
      )
      const isKnown = found.some(({ symptom }) => symptom === 'cronSilent')
      const findings = isSilent && !isKnown ? [...found, { symptom: 'cronSilent', weight: 'wait' } as const] : found
      return c.html(diagnosisPage(words(c), c.get('who'), account.title, findings))
    }
    if (form.act === 'reconcile') await deps.care.want(account.id, 'asked')
    // What the shop said is kept, and stands on the page.
    if (form.act === 'check') await deps.care.audit(account.id).catch(() => undefined)
    return c.redirect('/connect', 303)
  })
  return app
}
