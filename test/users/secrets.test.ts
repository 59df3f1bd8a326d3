/** No secret shows anywhere: not in the database, its file, the log, an answer of the API or a page, whatever goes wrong. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Hono } from 'hono'
import { sql } from 'kysely'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { createVault } from '../../src/accounts/vault.ts'
import { routesOf } from '../../src/api/index.ts'
import { createApp } from '../../src/app.ts'
import { createLog } from '../../src/log.ts'
import { createMetrics } from '../../src/metrics.ts'
import { createIdentity } from '../../src/users/identity.ts'
import { connectingParts } from '../support/connecting.ts'
import { type FreshDatabase, onEveryDatabase } from '../support/databases.ts'
import { createWorld, origins, type PlatformName, type World } from '../support/world.ts'

const secretKey = new Uint8Array(32).fill(7)
const adminToken = 'ADMIN-TOKEN-not-to-be-seen'
const password = 'PASSWORD-not-to-be-seen'
const mistyped = 'MISTYPED-not-to-be-seen'
const refusedKey = 'REFUSED-CREDENTIAL-not-to-be-seen'

/** Every text in a value that is long enough to be a secret. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return value.length >= 8 ? [value] : []
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

/** In base64 the same bytes look three ways, by what stands before them: the characters that they alone decide. */
const inBase64 = (secret: string): string[] =>
  [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)])
    return bytes.toString('base64').slice(Math.ceil((before * 4) / 3), Math.floor((bytes.length * 4) / 3))
  })

/** As it is, and as it travels in headers and addresses. */
const formsOf = (secret: string): string[] => [secret, encodeURIComponent(secret), ...inBase64(secret)]

function leaksIn(text: string, secrets: ReadonlyMap<string, string>): string[] {
  return [...secrets].filter(([secret]) => formsOf(secret).some((form) => text.includes(form))).map(([, name]) => name)
}

async function setUp(databaseUrl: string) {
  const world = await createWorld({
    policy: 'mirror',
    databaseUrl,
    products: [{ sku: 'MUG', title: 'Mug', price: '12.50', quantity: 0 }],
    shipper: 'shopify',
  })
  onTestFinished(() => world.close())
  const { store, accounts, engine, clock } = world
  const vault = await createVault(secretKey)
  const identity = createIdentity({ store, clock, adminToken, secretKey })
  const app = createApp({
    store,
    accounts,
    ...connectingParts({ store, vault, accounts, engine, clock }),
    engine,
    clock,
    identity,
    vault,
    metrics: createMetrics(),
    log: createLog((line) => world.log.push(line), clock.now),
    isStopping: () => false,
  })
  return { world, identity, vault, app }
}

/** A shop that repeats in its refusal whatever it was sent, as some hosts' error pages do. */
const parrot = (status: number) => ({
  fetch: async (request: Request) => {
    const said = `${request.url} ${JSON.stringify(Object.fromEntries(request.headers))} ${await request.text()}`
    return Response.json({ code: 'no', message: said, errors: [{ message: said }] }, { status })
  },
})

async function withParrot(world: World, platform: PlatformName, status: number, work: () => Promise<void>) {
  const shop: { app: { fetch: Hono['fetch'] } } = world.shops[platform]
  const { app } = shop
  Object.assign(shop, { app: parrot(status) })
  await work()
  Object.assign(shop, { app })
}

type Deed = Awaited<ReturnType<typeof setUp>>

/** Everything that people and programs do with secrets; returns the secrets that came up, by what they are. */
async function live({ world, identity, vault, app }: Deed): Promise<Map<string, string>> {
  const secrets = new Map([
    [adminToken, 'the admin token'],
    [password, 'a password'],
    [mistyped, 'a password typed where the name belongs'],
    [refusedKey, 'a credential that was refused'],
    [Buffer.from(secretKey).toString('base64'), 'the secret key'],
    [Buffer.from(secretKey).toString('hex'), 'the secret key in hex'],
  ])
  const from = '203.0.113.7'
  const post = async (path: string, body: unknown, headers: Record<string, string> = {}) =>
    await world.during(
      Promise.resolve(
        app.request(path, {
          method: 'POST',
          body: typeof body === 'string' ? body : JSON.stringify(body),
          headers: { authorization: `Bearer ${adminToken}`, 'idempotency-key': crypto.randomUUID(), ...headers },
        }),
      ),
    )

  // People.
  const first = (await identity.firstStart.token()) ?? ''
  secrets.set(first, 'the first token')
  await identity.firstStart.make({ token: first, name: 'Ada', password, from })
  await identity.signIn({ name: mistyped, password, from })
  await identity.signIn({ name: 'Ada', password: mistyped, from })
  const done = await identity.signIn({ name: 'Ada', password, from })
  if (done.ok) secrets.set(done.secret, 'a session')
  await post('/api/users', { name: 'Eve', role: 'viewer', password })
  await post('/api/users', { name: 'Bob', role: 'viewer', password: 'short', token: mistyped })
  const made = await post('/api/tokens', { title: 'CI', scopes: ['read'] })
  secrets.set(z.object({ token: z.string() }).parse(await made.json()).token, 'an API token')

  // Shops: what they are given, sales, a parcel.
  await world.linkAll()
  await world.receive('MUG', 10)
  await world.engine.start()
  await world.pass(15_000)
  const bought = world.shops.woocommerce.buy([{ sku: 'MUG', quantity: 1 }])
  world.shops['tiktok-shop'].buy([{ sku: 'MUG', quantity: 1 }])
  await world.pass(120_000)
  expect(bought.ok).toBe(true)

  // What goes wrong.
  const account = { title: 'x', shop: 'x', origin: origins.woocommerce, settings: {} }
  const credentials = { consumerKey: refusedKey, consumerSecret: refusedKey, accessToken: refusedKey }
  await post('/api/accounts', { ...account, platform: 'woocommerce', credentials: { ...credentials, consumerKey: 7 } })
  await post('/api/accounts', { ...account, platform: refusedKey.toLowerCase(), credentials })
  await post('/api/accounts', `{"credentials": "${refusedKey}"`)
  await post('/api/status', {}, { authorization: `Bearer ${refusedKey}` })
  await world.knock('woocommerce', `{"secret":"${refusedKey}"}`, { 'x-wc-webhook-signature': refusedKey })
  for (const platform of Object.keys(origins) as PlatformName[])
    for (const status of [500, 400, 401])
      await withParrot(world, platform, status, async () => {
        await post(`/api/accounts/${world.ids[platform]}/import`, undefined)
        await post('/api/skus/MUG/adjust', { kind: 'adjust', units: -1, reason: 'broken' })
        await world.pass(20_000)
      })

  for (const { id, credentials: sealed } of await world.store.db.selectFrom('account').selectAll().execute())
    for (const secret of textsIn(await vault.open(sealed))) secrets.set(secret, `a credential of ${id}`)
  for (const shop of Object.values(world.shops))
    for (const secret of textsIn(shop.connection().credentials)) secrets.set(secret, `a credential of ${shop.platform}`)
  return secrets
}

/** Every row of every table there is. */
async function dumpOf({ store: { db } }: World): Promise<string> {
  const tables = await db.introspection.getTables()
  expect(tables.length).toBeGreaterThan(25)
  const rows = await Promise.all(
    tables.map(async ({ name }) => [name, (await sql`select * from ${sql.table(name)}`.execute(db)).rows]),
  )
  return JSON.stringify(rows)
}

/** The answers to every GET there is: for what exists, for what does not, signed in, as a stranger, with personal data. */
async function answersOf({ world, app, identity, vault }: Deed): Promise<string> {
  const { db } = world.store
  const known: Record<string, string[]> = {
    account: Object.values(world.ids),
    order: (await db.selectFrom('order_head').select('order_id').execute()).map(({ order_id }) => order_id),
    sku: ['MUG'],
    id: [
      ...Object.values(world.ids),
      ...(await db.selectFrom('inbox').select('id').limit(40).execute()).map(({ id }) => id),
    ],
  }
  const routes = routesOf({
    ...world,
    ...connectingParts({ ...world, vault }),
    identity,
    vault,
    metrics: createMetrics(),
    log: createLog(() => undefined, world.clock.now),
    isStopping: () => false,
  }).filter(({ method }) => method === 'GET')
  const paths = routes.flatMap(({ path }) => {
    const names = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name)
    return names.reduce(
      (made, name) =>
        made.flatMap((one) =>
          ['x', ...(known[name] ?? [])].map((value) => one.replace(`:${name}`, encodeURIComponent(value))),
        ),
      [path],
    )
  })
  const texts: string[] = []
  const session = await identity.signIn({ name: 'Ada', password, from: undefined })
  const headers = [
    { authorization: `Bearer ${adminToken}` },
    { cookie: `onhand_session=${session.ok ? session.secret : ''}` },
    {},
  ]
  for (const one of headers) {
    for (const path of paths)
      for (const query of ['', '?personal=true', '?limit=200'])
        texts.push(await textAt(app, `/api${path}${query}`, one))
    for (const page of [
      '/',
      '/login',
      '/first',
      '/welcome',
      '/settings/access',
      '/settings/password',
      '/metrics',
      '/health',
      '/nowhere',
      '/api/openapi.json',
    ])
      texts.push(await textAt(app, page, one))
  }
  return texts.join('\n')
}

const textAt = async (app: Hono, path: string, headers: Record<string, string | undefined>): Promise<string> => {
  const given = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as [string, string]],
  )
  const response = await app.request(path, { headers: given })
  return JSON.stringify([[...response.headers], await response.text()])
}

const onDisk = async (fresh: FreshDatabase) => {
  const url = await fresh()
  if (!url.startsWith('sqlite:')) return { url, filesOf: () => '' }
  const folder = mkdtempSync(join(tmpdir(), 'onhand-secrets-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return {
    url: `sqlite:${join(folder, 'onhand.db')}`,
    filesOf: () =>
      readdirSync(folder)
        .map((name) => readFileSync(join(folder, name), 'latin1'))
        .join('\n'),
  }
}

onEveryDatabase((fresh) => {
  describe('secrets', () => {
    it('show nowhere but in the vault', { timeout: 120_000 }, async () => {
      const { url, filesOf } = await onDisk(fresh)
      const all = await setUp(url)
      const secrets = await live(all)
      expect(secrets.size).toBeGreaterThan(12)

      const dump = await dumpOf(all.world)
      expect({ database: leaksIn(dump, secrets) }).toEqual({ database: [] })
      expect({ file: leaksIn(filesOf(), secrets) }).toEqual({ file: [] })
      expect(dump).toMatch(/"v1\.[\w-]{8}\.[\w-]+\.[\w-]{40,}"/)
      const log = all.world.log.join('\n')
      expect(all.world.log.length).toBeGreaterThan(5)
      expect({ log: leaksIn(log, secrets) }).toEqual({ log: [] })
      const answers = await answersOf(all)
      expect(answers).toContain('woocommerce-1')
      expect({ answers: leaksIn(answers, secrets) }).toEqual({ answers: [] })
    })
  })
})

it('the look would notice a secret, however it is written', () => {
  const secrets = new Map([['cs_secret/with+signs', 'a credential']])
  for (const text of [
    '{"k":"cs_secret/with+signs"}',
    `Basic ${btoa('cs_secret/with+signs')}`,
    `Basic ${btoa('ck:cs_secret/with+signs')}`,
    `Basic ${btoa('ck_1:cs_secret/with+signs!')}`,
    '?k=cs_secret%2Fwith%2Bsigns',
  ])
    expect(leaksIn(text, secrets)).toEqual(['a credential'])
  expect(leaksIn('cs_secret', secrets)).toEqual([])
})
