import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serve } from '@hono/node-server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createVault } from '../../src/accounts/vault.ts'
import { asId } from '../../src/domain.ts'
import { adminToken, type Bench, createBench, itemsOf, listing, order } from './bench.ts'

const cli = join(import.meta.dirname, '../../src/cli.ts')
let bench: Bench
let server: ReturnType<typeof serve>
let origin = ''
let account = ''
let folder = ''

beforeAll(async () => {
  bench = await createBench()
  origin = await new Promise((resolve) => {
    server = serve({ fetch: bench.app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
      resolve(`http://127.0.0.1:${port}`),
    )
  })
  folder = await mkdtemp(join(tmpdir(), 'onhand-cli-'))
  const shop = bench.shop('corner')
  shop.listings.push(listing('L1'), listing('E1', { counting: 'endless', title: 'Gift\u001b[31m card' }))
  shop.shelves.set('reg-L1', 10)
  account = await bench.connect('corner')
  await bench.post('/skus', { sku: 'MUG', title: 'Mug' })
  await bench.post('/skus/MUG/adjust', { kind: 'receive', units: 10 })
  await bench.post(`/accounts/${account}/import`)
  await bench.post('/listings/link', { account, listing: 'L1', components: [{ sku: 'MUG', units: 1 }] })
})
afterAll(async () => {
  server.close()
  await bench.close()
  await rm(folder, { recursive: true })
})

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs the command line as a person would: a process of its own that talks HTTP. */
function onhand(args: readonly string[], environment: Record<string, string> = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [cli, ...args], {
      cwd: folder,
      env: { ONHAND_URL: origin, ADMIN_TOKEN: adminToken, ...environment },
    })
    let out = ''
    let err = ''
    child.stdout.on('data', (data) => {
      out += String(data)
    })
    child.stderr.on('data', (data) => {
      err += String(data)
    })
    child.on('close', (code) => resolve({ code, out, err }))
  })
}

describe('the command line', () => {
  test('shows what is there, for people and for scripts', async () => {
    expect(await onhand(['accounts'])).toMatchObject({ code: 0, out: expect.stringMatching(/corner-shop-1 +corner/) })
    expect(await onhand(['status'])).toMatchObject({ code: 0, err: '', out: expect.stringContaining('in sync') })
    const skus = JSON.parse((await onhand(['skus', '--json'])).out)
    expect(skus).toMatchObject([{ sku: 'MUG', onHand: 10 }])
    expect((await onhand(['explain', 'MUG'])).out).toContain('10 on hand - 0 reserved = 10 available')
    const audit = await onhand(['audit'])
    expect(audit.out).toMatch(/endless +corner-shop-1 +E1/)
    expect(audit.out).not.toContain('\u001b')
    expect((await onhand(['import', account])).out).toBe('2 listings, 1 of them linked; 2 counters seen\n')
  })

  test('shows what going live would change, lets it, and shows what was there before', async () => {
    const { deps } = bench
    bench.shop('market').listings.push(listing('M1', { title: 'Gift\u001b[31m' }))
    bench.shop('market').shelves.set('reg-M1', 900)
    const connected = await deps.accounts.connect({
      platform: 'corner-shop',
      title: 'Market',
      shop: 'market',
      origin: 'https://shop.example',
      credentials: { key: 'k' },
      settings: {},
    })
    const market = connected.ok ? connected.account.id : ''
    await bench.post(`/accounts/${market}/import`)
    await bench.post('/skus', { sku: 'BOX', title: 'Box' })
    await bench.post('/skus/BOX/adjust', { kind: 'receive', units: 3 })
    await bench.post('/listings/link', { account: market, listing: 'M1', components: [{ sku: 'BOX', units: 1 }] })
    const { code, out } = await onhand(['dry-run', market])
    expect([code, out]).toEqual([0, expect.stringMatching(/counters to be written: 1, together 900 -> \d/)])
    expect(out).toMatch(/down +M1 +Gift .*900 +\d +It shows less\. More is promised than there is\. BOX: 3 on hand\./)
    expect(out).not.toContain('\u001b')
    expect((await onhand(['dry-run', 'nobody'])).code).toBe(1)
    expect((await onhand(['go-live', market, '--sku', 'NOPE'])).err).toContain('NOPE is not sold here')
    expect((await onhand(['go-live', market])).out).toContain('is live: all of it.')
    expect((await onhand(['kept-shelf', market])).out).toMatch(/reg-M1 +900 /)
  })

  test('explains a number with terms that add up, now and then, in two languages', async () => {
    const { out } = await onhand(['explain', 'MUG'])
    expect(out).toMatch(/corner-shop-1 {2}L1\n +10 +on hand +Counted\. The last change was \+10, received/)
    expect(out).toMatch(/\n +(-0 )?= \d+ +\d+ to be sold\./)
    expect((await onhand(['explain', 'MUG', '--lang', 'nl'])).out).toContain('op voorraad')
    expect(await onhand(['explain', 'MUG', '--at', '2020-01-01T00:00:00Z'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('it was added at'),
    })
  })

  test('sets rules, lists them, takes them back and keeps what was said', async () => {
    expect(await onhand(['rules'])).toMatchObject({ code: 0, out: 'Nothing.\n' })
    const set = await onhand(['rules', 'set', 'MUG', 'cap', '5', '--account', account, '--until', '2126-01-01'])
    expect(set).toMatchObject({
      code: 0,
      out: 'cap of corner-shop-1, MUG is 5 until 2126-01-01T00:00:00.000Z\n',
    })
    expect((await onhand(['rules', '--sku', 'MUG'])).out).toMatch(/cap +5 +corner-shop-1 +all +MUG/)
    expect((await onhand(['explain', 'MUG'])).out).toMatch(/It shows 5 at most\.[\s\S]*cap +5/)
    expect((await onhand(['rules', 'clear', 'MUG', 'cap', '--account', account])).out).toContain('is taken back')
    expect((await onhand(['rules', 'history'])).out.split('\n')).toHaveLength(4)
    expect(await onhand(['rules', 'set', 'all', 'percentage', '101'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('value: must be a whole number from 0 to 100'),
    })
    expect(await onhand(['rules', 'set', 'MUG'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('rules set takes SKU and NAME and VALUE'),
    })
  })

  test('shows the parcels and pushes a held one with a note', async () => {
    const shipment = { id: asId<'shipment'>('P 1'), order: asId<'order'>('77'), updatedAt: Date.UTC(2026, 5, 16) }
    const parcel = { ...shipment, cancelled: false, carrier: 'Pigeon', numbers: ['PG1234567'], lines: [] }
    const shipper = await bench.connect('packer')
    const copy = order('77', 'S1', 1, { ourReference: `onhand:${account}:5005` })
    await bench.say(account, 'o-5', { kind: 'order', order: order('5005', 'L1', 1, { phase: 'delivered' }) })
    await bench.say(shipper, 'c-5', { kind: 'order', order: copy })
    await bench.say(shipper, 'p-5', { kind: 'shipment', shipment: parcel })
    expect((await onhand(['parcels'])).out).toMatch(/P 1 +Pigeon +PG1234567 +held +Parcel PG1234567 was sent with/)
    expect(await onhand(['push-anyway', shipper, 'P 1'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--reason'),
    })
    expect(await onhand(['push-anyway', shipper, 'P 1', '--reason', 'It is real.', '--by', 'Anna'])).toMatchObject({
      code: 0,
      out: 'P 1: told PG1234567\n',
    })
    expect(await onhand(['push-anyway', shipper, 'P 1', '--reason', 'Again.'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('told to the shop already'),
    })
    await bench.settle()
  })

  test('corrects the count up and down, with a reason', async () => {
    expect((await onhand(['adjust', 'MUG', '-3', '--reason', 'broken'])).out).toContain('7 on hand')
    expect((await onhand(['adjust', 'MUG', '+1', '--reason', 'found one'])).out).toContain('8 on hand')
    expect(await onhand(['adjust', 'MUG', '1'])).toMatchObject({ code: 2, err: expect.stringContaining('--reason') })
    expect(await onhand(['adjust', 'MUG', 'few', '--reason', 'x'])).toMatchObject({ code: 2 })
    expect(await onhand(['adjust', 'NOPE', '1', '--reason', 'x'])).toMatchObject({
      code: 1,
      err: 'Not found. There is no sku NOPE.\n',
    })
  })

  test('shows problems with the words to solve them, and solves them', async () => {
    await bench.say(account, 'o-1', { kind: 'order', order: order('1001', 'L9', 1) })
    const id = await bench.say(account, 'd-1', { kind: 'unreadable', reason: 'Nobody can read this.' })
    expect((await onhand(['status'])).code).toBe(3)
    expect((await onhand(['orders', '--phase', 'ready'])).out).toContain('#1001')
    expect((await onhand(['orders', '--phase', 'shipped'])).out).toBe('Nothing.\n')
    const { out } = await onhand(['problems'])
    expect(out).toContain('listing L9')
    expect(out).toContain(`dismiss delivery.${id}`)
    expect(await onhand(['retry', `delivery.${id}`])).toMatchObject({ code: 0 })
    const [, copy] = itemsOf((await bench.get('/problems')).json)
    expect(await onhand(['dismiss', String(copy?.id)])).toMatchObject({ code: 0, out: 'It is left as it is.\n' })
    expect(itemsOf((await bench.get('/problems')).json)).toHaveLength(1)
    expect(await onhand(['dismiss', 'delivery.gone'])).toMatchObject({ code: 1 })
  })

  test('lists who signs in, and helps who forgot the password', async () => {
    const password = 'a long enough password'
    await bench.post('/users', { name: 'Ada Lovelace', role: 'admin', password })
    expect(await onhand(['users'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/Ada Lovelace +admin +active +-/),
    })
    const { out } = await onhand(['reset-password', 'ada lovelace'])
    const [, fresh = ''] = /shown once: (\S+)/.exec(out) ?? []
    const signIn = (given: string) =>
      bench.deps.identity.signIn({ name: 'Ada Lovelace', password: given, from: undefined })
    expect([(await signIn(password)).ok, (await signIn(fresh)).ok]).toEqual([false, true])
    expect(await onhand(['reset-password', 'nobody'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('nobody'),
    })
  })

  test('moves the credentials to the current key', async () => {
    const sealed = await (await createVault(new Uint8Array(32).fill(9))).seal({ key: 'old' })
    await bench.store.db.updateTable('account').set({ credentials: sealed }).execute()
    // The key that sealed it is not here: nothing is touched.
    expect(await onhand(['vault', 'status'])).toMatchObject({ code: 3, out: expect.stringMatching(/\d wait for/) })
    expect(await onhand(['vault', 'rotate'])).toMatchObject({ code: 1, err: expect.stringContaining('SECRET_KEY_OLD') })
    const mine = await bench.deps.vault.seal({ key: 'new' })
    await bench.store.db.updateTable('account').set({ credentials: mine }).execute()
    expect(await onhand(['vault', 'rotate'])).toMatchObject({ code: 0, out: expect.stringContaining('0 moved') })
    expect(await onhand(['vault', 'dance'])).toMatchObject({ code: 2 })
    const { json } = await bench.post('/tokens', { title: 'CI', scopes: ['read'] })
    expect(await onhand(['vault', 'rotate'], { ONHAND_TOKEN: String(json.token) })).toMatchObject({
      code: 1,
      err: expect.stringContaining('settings'),
    })
  })

  test('says how it is used, and what is wrong', async () => {
    expect(await onhand(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('Usage:') })
    expect(await onhand([])).toMatchObject({ code: 2, err: expect.stringContaining('Usage:') })
    expect(await onhand(['dance'])).toMatchObject({ code: 2, err: expect.stringContaining('no command dance') })
    expect(await onhand(['explain'])).toMatchObject({ code: 2, err: expect.stringContaining('explain takes SKU') })
    expect(await onhand(['status', '--jsn'])).toMatchObject({ code: 2 })
    expect(await onhand(['status'], { ADMIN_TOKEN: 'wrong' })).toMatchObject({
      code: 1,
      err: expect.stringContaining('Not allowed in'),
    })
    expect(await onhand(['status'], { ONHAND_URL: 'http://127.0.0.1:9' })).toMatchObject({
      code: 1,
      err: expect.stringContaining('Nobody answers'),
    })
    expect(await onhand(['status'], { ADMIN_TOKEN: '' })).toMatchObject({
      code: 1,
      err: expect.stringContaining('No token'),
    })
    await mkdir(join(folder, 'data'))
    await writeFile(join(folder, 'data/admin.token'), `${adminToken}\n`)
    expect(await onhand(['accounts'], { ADMIN_TOKEN: '' })).toMatchObject({ code: 0 })
  })
})
