/** Who may ask what: every route has its need, each role and each scope gets as far as the table says and no further. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { routesOf } from '../../src/api/index.ts'
import { createApp } from '../../src/app.ts'
import { permissions, permissionsOf, type Role, roles } from '../../src/users/roles.ts'
import { adminToken, type Bench, createBench, itemsOf, order } from './bench.ts'

let bench: Bench

beforeEach(async () => {
  bench = await createBench()
})
afterEach(() => bench.close())

const password = 'a long enough password'
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

async function token(scopes: readonly string[], more: object = {}): Promise<{ id: string; secret: string }> {
  const { json, status } = await bench.post('/tokens', { title: 'CI', scopes, ...more })
  expect(status).toBe(201)
  return z
    .object({ id: z.string(), token: z.string() })
    .transform(({ id, token: secret }) => ({ id, secret }))
    .parse(json)
}

/** The cookie of a user of this role who signed in. */
async function session(role: Role): Promise<string> {
  await bench.post('/users', { name: role, role, password })
  const done = await bench.deps.identity.signIn({ name: role, password, from: undefined })
  return done.ok ? `onhand_session=${done.secret}` : ''
}

const ask = (method: string, path: string, headers: Record<string, string>) =>
  bench.app.request(`/api${path.replaceAll(/:\w+/g, 'x')}`, { method, headers })

describe('the route table', () => {
  test('names for every route what one needs', () => {
    const routes = routesOf(bench.deps)
    expect(routes.length).toBeGreaterThan(35)
    const without = routes.filter(({ needs }) => !permissions.includes(needs))
    expect(without.map(({ method, path }) => `${method} ${path}`)).toEqual([])
  })

  test('gives what only reads to readers, and nothing else', () => {
    const readable = routesOf(bench.deps).filter(({ needs }) => needs === 'read')
    expect(readable.filter(({ method }) => method !== 'GET')).toEqual([])
  })

  test('says the needs in the document', async () => {
    const text = await (await bench.app.request('/api/openapi.json')).text()
    for (const one of permissions.filter((each) => each !== 'personal')) expect(text).toContain(`permission \`${one}\``)
  })

  test.each(roles)('is open to a %s as far as the role goes', async (role) => {
    const cookie = await session(role)
    for (const { method, path, needs } of routesOf(bench.deps)) {
      const { status } = await ask(method, path, { cookie, 'sec-fetch-site': 'same-origin' })
      expect([method, path, status === 403]).toEqual([method, path, !permissionsOf(role).includes(needs)])
      expect([method, path, status]).not.toEqual([method, path, 401])
    }
  })

  test.each(permissions)('is open to a token of the scope %s as far as that goes', async (scope) => {
    const { secret } = await token([scope])
    for (const { method, path, needs } of routesOf(bench.deps)) {
      const { status } = await ask(method, path, bearer(secret))
      expect([method, path, status === 403]).toEqual([method, path, needs !== scope])
    }
  })
})

describe('a session', () => {
  test('reads from anywhere, but changes something only from a page of ours', async () => {
    const cookie = await session('admin')
    const body = JSON.stringify({ sku: 'A', title: 'A' })
    const post = async (headers: Record<string, string>) =>
      (await bench.app.request('/api/skus', { method: 'POST', body, headers: { cookie, ...headers } })).status
    expect((await ask('GET', '/skus', { cookie })).status).toBe(200)
    const foreigners: Record<string, string>[] = [
      {},
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'cross-site', origin: 'http://localhost' },
    ]
    for (const foreign of foreigners) expect([foreign, await post(foreign)]).toEqual([foreign, 401])
    expect(await post({ origin: 'http://localhost' })).toBe(201)
    // A token that is wrong is not helped by a cookie that is right.
    expect((await ask('GET', '/skus', { cookie, ...bearer('wrong') })).status).toBe(401)
  })
})

describe('tokens', () => {
  test('are shown once, listed without what they are, and end', async () => {
    const { id, secret } = await token(['read', 'stock'], { expiresAt: '2199-01-01' })
    const list = await bench.get('/tokens')
    expect(itemsOf(list.json)).toMatchObject([
      { id, title: 'CI', scopes: ['read', 'stock'], expiresAt: '2199-01-01T00:00:00.000Z', usedAt: null },
    ])
    expect(JSON.stringify(list.json)).not.toContain(secret)
    expect(await (await ask('GET', '/me', bearer(secret))).json()).toEqual({
      kind: 'token',
      id,
      name: 'CI',
      permissions: ['read', 'stock'],
    })
    expect((await bench.post(`/tokens/${id}/revoke`)).status).toBe(200)
    expect((await ask('GET', '/me', bearer(secret))).status).toBe(401)
    expect((await bench.post('/tokens/nothing/revoke')).status).toBe(404)
  })

  test('are refused when they could do nothing, end in the past, or could do more than their maker', async () => {
    const make = (body: object) => bench.post('/tokens', { title: 'CI', scopes: ['read'], ...body })
    expect((await make({ scopes: [] })).status).toBe(422)
    expect((await make({ scopes: ['fly'] })).status).toBe(422)
    expect((await make({ title: ' ' })).status).toBe(422)
    expect((await make({ expiresAt: '2001-01-01' })).json).toMatchObject({ errors: [{ field: 'expiresAt' }] })
    const { secret } = await token(['read', 'access'])
    const limited = async (path: string, body: object) => await bench.call('POST', path, body, bearer(secret))
    expect(await limited('/tokens', { title: 'x', scopes: ['shops'] })).toMatchObject({ status: 403 })
    expect(await limited('/tokens', { title: 'x', scopes: ['read'] })).toMatchObject({ status: 201 })
    expect(await limited('/users', { name: 'Eve', role: 'admin', password })).toMatchObject({ status: 422 })
    expect(await limited('/users', { name: 'Eve', role: 'viewer', password })).toMatchObject({ status: 201 })
  })

  test('sent again with the same key are neither made twice nor shown twice', async () => {
    const key = { 'idempotency-key': 'make-1' }
    const first = await bench.post('/tokens', { title: 'CI', scopes: ['read'] }, key)
    const again = await bench.post('/tokens', { title: 'CI', scopes: ['read'] }, key)
    expect([first.status, again.status]).toEqual([201, 409])
    expect(JSON.stringify(again.json)).not.toContain('onhand_')
    expect(itemsOf((await bench.get('/tokens')).json)).toHaveLength(1)
    const stored = await bench.store.db.selectFrom('idempotency').selectAll().execute()
    expect(JSON.stringify(stored)).not.toContain('onhand_')
    // Another caller's key is another caller's.
    const { secret } = await token(['access', 'read'])
    expect(
      (await bench.call('POST', '/tokens', { title: 'CI', scopes: ['read'] }, { ...key, ...bearer(secret) })).status,
    ).toBe(422)
  })
})

describe('users', () => {
  test('are made, changed, shut out, and told apart by who did it', async () => {
    const made = await bench.post('/users', { name: 'Ada', role: 'admin', password })
    expect(made).toMatchObject({ status: 201, json: { name: 'Ada', role: 'admin', state: 'active', signedInAt: null } })
    expect(JSON.stringify(made.json)).not.toContain('argon2')
    expect(await bench.post('/users', { name: 'ada', role: 'viewer', password })).toMatchObject({
      status: 422,
      json: { errors: [{ field: 'name' }] },
    })
    const { id } = z.object({ id: z.string() }).parse(made.json)
    expect(await bench.patch(`/users/${id}`, { role: 'viewer' })).toMatchObject({ status: 409 })
    expect(await bench.patch('/users/x', { role: 'viewer' })).toMatchObject({ status: 404 })
    await bench.post('/users', { name: 'Eve', role: 'admin', password })
    expect(await bench.patch(`/users/${id}`, { state: 'disabled' })).toMatchObject({ json: { state: 'disabled' } })
    expect(itemsOf((await bench.get('/users')).json).map(({ name }) => name)).toEqual(['Ada', 'Eve'])
    const { json } = await bench.get(`/audit?subject=${id}`)
    expect(itemsOf(json)).toMatchObject([
      { what: 'user.changed', who: { kind: 'key', name: 'ADMIN_TOKEN' }, detail: { state: 'disabled' } },
      { what: 'user.created', detail: { name: 'Ada', role: 'admin' } },
    ])
    const page = await bench.get('/audit?limit=1')
    expect(itemsOf((await bench.get(`/audit?limit=1&after=${page.json.next}`)).json)).toHaveLength(1)
  })
})

describe('personal data', () => {
  test('is for who may see it, and every look is written down', async () => {
    const account = await bench.connect('corner')
    const id = await bench.say(account, 'o-1', { kind: 'order', order: order('1001', 'L1', 1) })
    const { secret } = await token(['read'])
    for (const path of [`/orders/${account}/1001`, `/deliveries/${id}`]) {
      const closed = await ask('GET', `${path}?personal=true`, bearer(secret))
      expect(closed.status).toBe(403)
      expect(await closed.text()).not.toContain('Ada Secret')
      expect((await ask('GET', path, bearer(secret))).status).toBe(200)
      expect(JSON.stringify((await bench.get(`${path}?personal=true`)).json)).toContain('Ada Secret')
    }
    const deeds = itemsOf((await bench.get('/audit')).json)
    expect(deeds.map(({ what, subject }) => [what, subject]).slice(0, 2)).toEqual([
      ['delivery.personal-seen', id],
      ['order.personal-seen', `${account}/1001`],
    ])
    expect(JSON.stringify(deeds)).not.toContain('Ada Secret')
  })
})

describe('the whole of it', () => {
  const ada = { name: 'Ada', password }

  test('lets shops and probes in by their own doors, whatever a form has to show', async () => {
    const account = await bench.connect('corner')
    const app = createApp(bench.deps)
    const headers = { 'content-type': 'text/plain', origin: 'https://shop.example', 'sec-fetch-site': 'cross-site' }
    expect((await app.request(`/webhooks/${account}`, { method: 'POST', body: 'x', headers })).status).toBe(401)
    expect((await app.request('/health')).status).toBe(200)
    expect((await app.request('/logout', { method: 'POST', body: 'x', headers })).status).toBe(403)
  })

  test.each([
    [false, '203.0.113.9, 198.51.100.1', '192.0.2.1'],
    [true, '203.0.113.9, 198.51.100.1', '198.51.100.1'],
    [true, undefined, '192.0.2.1'],
    [true, '', '192.0.2.1'],
  ])('TRUST_PROXY=%s and X-Forwarded-For %s come from %s', async (trustProxy, forwarded, from) => {
    await bench.post('/users', { ...ada, role: 'viewer' })
    const app = createApp({ ...bench.deps, trustProxy })
    const headers = { origin: 'http://localhost', ...(forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }) }
    const socket = { incoming: { socket: { remoteAddress: '192.0.2.1' } } }
    const done = await app.request('/login', { method: 'POST', body: new URLSearchParams(ada), headers }, socket)
    expect(done.status).toBe(303)
    expect(itemsOf((await bench.get('/audit?what=login')).json)).toMatchObject([{ from }])
  })
})

test('an answer of the API is kept by nobody and framed by nobody', async () => {
  for (const [path, headers] of [
    ['/status', bearer(adminToken)],
    ['/status', {}],
    ['/nothing', bearer(adminToken)],
  ] as const) {
    const answer = await ask('GET', path, headers)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
  }
})
