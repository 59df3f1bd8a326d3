/** The linking page: proposals are confirmed, files checked and taken, the last linking taken back, and viewers only look. */

import type { Hono } from 'hono'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { en } from '../../src/ui/en.ts'
import { createPages } from '../../src/ui/index.ts'
import { nl } from '../../src/ui/nl.ts'
import type { PageEnv } from '../../src/ui/session.ts'
import { permissions } from '../../src/users/roles.ts'
import { type Bench, createBench, itemsOf, listing } from '../api/bench.ts'

let bench: Bench
let app: Hono<PageEnv>
let account: string
let cookie: string

const ada = { name: 'Ada', password: 'a long enough password' }
const ours = { origin: 'http://localhost' }

beforeEach(async () => {
  bench = await createBench()
  app = createPages(bench.deps)
  bench.shop('corner').listings.push(listing('L1', { sku: 'MUG', title: '<b>Mug</b>' }), listing('L2', { sku: 'pot' }))
  account = await bench.connect('corner')
  for (const sku of ['MUG', 'POT']) await bench.post('/skus', { sku, title: sku })
  await bench.post(`/accounts/${account}/import`)
  const token = (await bench.deps.identity.firstStart.token()) ?? ''
  await bench.deps.identity.firstStart.make({ token, ...ada, from: undefined })
  const response = await app.request('/login', { method: 'POST', body: new URLSearchParams(ada), headers: ours })
  cookie = (response.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
})
afterEach(() => bench.close())

const look = async (language = 'en') =>
  await (await app.request('/link', { headers: { cookie, 'accept-language': language } })).text()
const send = async (path: string, body: URLSearchParams | FormData) =>
  await app.request(path, { method: 'POST', body, headers: { ...ours, cookie } })
const linked = async () => itemsOf((await bench.get('/listings?linked=true')).json).map((one) => one.listing)

function fileOf(text: string, act: string): FormData {
  const form = new FormData()
  form.set('file', new File([text], 'links.csv', { type: 'text/csv' }))
  form.set('act', act)
  return form
}

test('shows how an import ended, proposals with their reasons, and what is to be done, in two languages', async () => {
  const text = await look()
  expect(text).toContain(en.link.importStates.done)
  expect(text).toContain('&lt;b&gt;Mug&lt;/b&gt;')
  expect(text).not.toContain('<b>Mug</b>')
  expect(text).toContain('80%')
  expect(text).toContain(en.link.kinds.unlinked)
  expect(await look('nl')).toContain(nl.link.proposalsLead)
})

test('links what was ticked, and takes it back', async () => {
  const one = new URLSearchParams({ link: JSON.stringify([account, 'L1', 'MUG']) })
  expect((await send('/link/confirm', one)).status).toBe(200)
  expect(await linked()).toEqual(['L1'])
  expect((await send('/link/confirm', one)).status).toBe(409)
  expect(await (await send('/link/undo', new URLSearchParams())).text()).toContain(en.link.undone)
  expect(await linked()).toEqual([])
  expect((await send('/link/undo', new URLSearchParams())).status).toBe(409)
})

test('checks a file, takes it, and says which line is bad', async () => {
  const right = `account;listing;sku;units\r\n${account};L2;POT;2\r\n`
  expect((await send('/link/file', fileOf(right, 'check'))).status).toBe(200)
  expect(await linked()).toEqual([])
  const bad = await send('/link/file', fileOf(`${right}${account};L9;POT;1\r\n`, 'take'))
  expect(bad.status).toBe(422)
  expect(await bad.text()).toContain('line 3')
  expect(await linked()).toEqual([])
  expect((await send('/link/file', fileOf(right, 'take'))).status).toBe(200)
  expect(await linked()).toEqual(['L2'])
  const file = await app.request('/link/listings.csv', { headers: { cookie, 'accept-language': 'nl' } })
  expect(await file.text()).toContain(`${account};L2;`)
})

test('shows a bar that is as full as the import is', async () => {
  await bench.store.db
    .updateTable('import_job')
    .set({ state: 'listings', done: 30, total: 120, shelves_at: null })
    .execute()
  expect(await look()).toContain('<progress aria-label="reading listings" value="30" max="120">')
  await bench.store.db.updateTable('import_job').set({ total: null }).execute()
  expect(await look()).toContain('<progress aria-label="reading listings">')
})

test('is for those who are signed in, and only who may link does', async () => {
  expect((await app.request('/link')).status).toBe(303)
  const { users } = bench.deps.identity
  const by = { kind: 'system', id: 'x', name: 'x', from: undefined, permissions } as const
  expect(await users.create(by, { name: 'Vic', role: 'viewer', password: ada.password })).toMatchObject({ ok: true })
  const body = new URLSearchParams({ ...ada, name: 'Vic' })
  const response = await app.request('/login', { method: 'POST', body, headers: ours })
  cookie = (response.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  expect(await look()).not.toContain('<input type="checkbox"')
  expect((await send('/link/undo', new URLSearchParams())).status).toBe(403)
})
