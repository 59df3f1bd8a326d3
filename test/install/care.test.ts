/** Connected shops are looked after: webhooks are put right, silence and gaps are noticed, and everything is read anew afterwards. */

import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { expectedBy, isSilent, listened, type Rhythm } from '../../src/accounts/silence.ts'
import { asId } from '../../src/domain.ts'
import { calmHooks } from '../../src/sandbox/shop.ts'
import { shopifySandbox } from '../../src/sandbox/shopify/index.ts'
import { wooSandbox } from '../../src/sandbox/woocommerce/index.ts'
import { onEveryDatabase } from '../support/databases.ts'
import { createStand, type Stand } from './stand.ts'

const hour = 3_600_000
const minute = 60_000
const shop = 'onhand-demo.myshopify.com'
const woo = 'https://woo.example'

describe('how often a shop is heard of', () => {
  const every = (ms: number, count: number, from = 0) => Array.from({ length: count }, (_, at) => from + at * ms)
  const none: Rhythm = { heard_at: null, heard_count: 0, usual_gap_ms: 0 }

  test('too few webhooks say nothing; then a silence may be half as long again as the longest of late, and an hour at least', () => {
    expect(expectedBy(listened(none, every(minute, 19)))).toBeUndefined()
    expect(expectedBy(listened(none, every(minute, 20)))).toBe(19 * minute + hour)
    const withNight = listened(none, [...every(minute, 20), ...every(minute, 2, 8 * hour)])
    expect(expectedBy(withNight)).toBeGreaterThan(8 * hour + 11 * hour)
    expect(isSilent(withNight, null, 16 * hour)).toBe(false)
    expect(isSilent(withNight, null, 30 * hour)).toBe(true)
  })

  test('an order that moved half an hour after the last webhook proves that they do not come', () => {
    const heard = listened(none, [0])
    expect(isSilent(heard, 29 * minute, 10 * hour)).toBe(false)
    expect(isSilent(heard, 31 * minute, 62 * minute)).toBe(true)
    // One that has only just moved may still be told of.
    expect(isSilent(heard, 31 * minute, 32 * minute)).toBe(false)
  })

  test('what was heard in two halves is the same rhythm', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(10 * hour), { maxLength: 40 }), fc.nat(40), (gaps, cut) => {
        const times = gaps.map((_, at) => gaps.slice(0, at + 1).reduce((sum, gap) => sum + gap, 0))
        const once = listened(none, times)
        expect(listened(listened(none, times.slice(0, cut)), times.slice(cut))).toEqual(once)
        expect(once.usual_gap_ms).toBeLessThanOrEqual(Math.max(0, ...gaps))
      }),
    )
  })
})

onEveryDatabase((fresh) => {
  let stand: Stand
  let ada: Awaited<ReturnType<Stand['admin']>>

  beforeEach(async () => {
    stand = await createStand({ databaseUrl: await fresh() })
    ada = await stand.admin()
  })
  afterEach(() => stand.close())

  async function shopify() {
    const sandbox = shopifySandbox({ clock: stand.clock, random: stand.random, fetch: stand.fetch, chaos: calmHooks })
    sandbox.addProduct({ sku: 'MUG', title: 'Mug', price: '12.50', quantity: 7 })
    stand.hosts[`https://${shop}`] = (request) => sandbox.app.fetch(request)
    await ada.go('/connect/shopify/app', sandbox.oauthApp())
    const opened = await ada.go('/connect/shopify', { way: 'ownApp', shop, ...sandbox.oauthApp() })
    await ada.go(opened.to, { shops: shop })
    await tick()
    return sandbox
  }

  async function woocommerce() {
    const sandbox = wooSandbox(
      { clock: stand.clock, random: stand.random, fetch: stand.fetch, chaos: calmHooks },
      { home: woo },
    )
    sandbox.addProduct({ sku: 'MUG', title: 'Mug', price: '12.50', quantity: 7 })
    stand.hosts[woo] = (request) => sandbox.app.fetch(request)
    const { consumerKey, consumerSecret } = sandbox.connection().credentials
    const keys = { consumerKey: String(consumerKey), consumerSecret: String(consumerSecret) }
    const opened = await ada.go('/connect/woocommerce', { way: 'keys', shop: woo, ...keys })
    await ada.go(opened.to, { shops: woo })
    await tick()
    return sandbox
  }

  const tick = () => stand.during(stand.care.tick())

  /** Time passes; once a minute orders are asked for, as the engine's loop does. */
  async function pass(ms: number, account: string) {
    const opened = await stand.accounts.open(account)
    if (!opened) throw new Error(account)
    await stand.clock.advance(ms)
    await stand.during(stand.engine.observe(asId(account)))
  }

  async function signInAgain() {
    await ada.go('/login', { name: 'Ada', password: 'a long enough password' })
    return (await ada.go('/connect')).text
  }

  const connection = async (account: string) =>
    await stand.store.db.selectFrom('connection').selectAll().where('account', '=', account).executeTakeFirstOrThrow()

  test('webhooks that somebody removed are back within the hour, and what they would have told is read', async () => {
    const sandbox = await shopify()
    sandbox.unsubscribe('ORDERS_CREATE')
    sandbox.unsubscribe('ORDERS_UPDATED')
    const bought = sandbox.buy([{ sku: 'MUG', quantity: 2 }])
    expect(bought.ok).toBe(true)
    await pass(hour, 'shopify-1')
    await tick()
    expect(sandbox.subscriptions()).toHaveLength(10)
    expect(await connection('shopify-1')).toMatchObject({ wanted_reason: 'webhooks' })
    expect(await signInAgain()).toContain('webhooks had been removed or switched off')
    await tick()
    expect(await connection('shopify-1')).toMatchObject({
      wanted_reason: null,
      ended_reason: 'webhooks',
      trouble: null,
    })
    expect(await stand.store.db.selectFrom('order_head').select('order_id').execute()).toHaveLength(1)
  })

  test('doubled ones and those of another app: the first are put right, the others are left alone', async () => {
    const sandbox = await shopify()
    const own = sandbox.subscriptions()[0]?.url ?? ''
    sandbox.subscribe({ topic: 'ORDERS_UPDATED', url: 'https://another.example/hook' })
    sandbox.subscribe({ topic: 'ORDERS_UPDATED', url: own.replace('onhand.example', 'old.example') })
    await pass(hour, 'shopify-1')
    await tick()
    const left = sandbox.subscriptions().map(({ url }) => url)
    expect(left.filter((url) => url === own)).toHaveLength(10)
    expect(left.filter((url) => url.includes('another'))).toHaveLength(1)
    expect(left.filter((url) => url.includes('old.example'))).toHaveLength(0)
  })

  test('a WooCommerce shop whose webhooks were deleted gets them back', async () => {
    const sandbox = await woocommerce()
    const before = sandbox.subscriptions().length
    sandbox.unsubscribe('order.updated')
    expect(sandbox.subscriptions().length).toBe(before - 1)
    await pass(hour, 'woocommerce-1')
    await tick()
    expect(sandbox.subscriptions().length).toBe(before)
    expect((await connection('woocommerce-1')).repaired).toContain('order.updated')
  })

  test('nothing is repaired and nothing read anew while all is well', async () => {
    await shopify()
    const { ended_at } = await connection('shopify-1')
    for (let twelfth = 0; twelfth < 36; twelfth++) {
      await pass(5 * minute, 'shopify-1')
      await tick()
    }
    expect(await connection('shopify-1')).toMatchObject({ ended_at, wanted_at: null, repaired_at: expect.any(Number) })
  })

  test('after a time in which nothing could be read everything is read, by itself, and the page says why', async () => {
    const sandbox = await shopify()
    await pass(minute, 'shopify-1')
    await tick()
    sandbox.setDark(true)
    await stand.clock.advance(20 * minute)
    sandbox.buy([{ sku: 'MUG', quantity: 1 }])
    sandbox.setDark(false)
    await pass(minute, 'shopify-1')
    await tick()
    expect(await connection('shopify-1')).toMatchObject({ wanted_reason: 'gap' })
    await tick()
    expect(await signInAgain()).toContain('Because it could not be read for a while.')
    const orders = await stand.store.db.selectFrom('order_head').select('order_id').execute()
    expect(orders).toHaveLength(1)
  })

  test('a shop that answers nothing while it is read anew is tried again, and the page repeats what it said', async () => {
    const sandbox = await shopify()
    await stand.care.want('shopify-1', 'gap')
    sandbox.setDark(true)
    await tick()
    const text = await signInAgain()
    expect(text).toContain('tried again every minute')
    sandbox.setDark(false)
    await stand.clock.advance(minute)
    await tick()
    expect(await connection('shopify-1')).toMatchObject({ wanted_at: null, ended_reason: 'gap' })
  })

  test('a shop whose webhooks fall silent while it sells is told, once', async () => {
    const sandbox = await shopify()
    sandbox.buy([{ sku: 'MUG', quantity: 1 }])
    await pass(minute, 'shopify-1')
    await stand.clock.advance(hour)
    await tick()
    // Somebody keeps our webhooks from arriving; orders are still found by asking.
    stand.silence(true)
    await stand.clock.advance(40 * minute)
    sandbox.buy([{ sku: 'MUG', quantity: 1 }])
    await pass(40 * minute, 'shopify-1')
    await tick()
    const row = await connection('shopify-1')
    expect(row.silence_told_at).not.toBeNull()
    await tick()
    expect(stand.log.filter((line) => line.includes('fell silent'))).toHaveLength(1)
    await pass(hour, 'shopify-1')
    await tick()
    expect(stand.log.filter((line) => line.includes('fell silent'))).toHaveLength(1)
  })

  test('a shop that is not connected is left alone', async () => {
    await shopify()
    await stand.accounts.change('shopify-1', { state: 'broken', reason: 'removed' })
    const before = stand.asked.length
    await stand.clock.advance(2 * hour)
    await tick()
    expect(stand.asked.length).toBe(before)
  })
})
