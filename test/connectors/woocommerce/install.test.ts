/** What a merchant types and what a shop posts when it is connected. */

import { describe, expect, it } from 'vitest'
import { woocommerce } from '../../../connectors/woocommerce/index.ts'
import { approvalUrl, homeUrl, readApproval } from '../../../connectors/woocommerce/install.ts'

describe('connecting a shop', () => {
  it.each([
    ['shop.example', 'https://shop.example'],
    [' https://Shop.Example/ ', 'https://shop.example'],
    ['https://shop.example/winkel/wp-admin/admin.php?page=wc', 'https://shop.example/winkel'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['https://shop.example/wp-json/wc/v3', 'https://shop.example'],
    ['https://user:pw@shop.example', undefined],
    ['ftp://shop.example', undefined],
    ['my shop', undefined],
    ['', undefined],
  ])('reads the address "%s"', (typed, home) => expect(homeUrl(typed)).toBe(home))

  it('sends the owner to the approval page with all that it requires', () => {
    const url = new URL(
      approvalUrl({
        shop: 'https://shop.example/winkel',
        state: 's-1',
        returnUrl: 'https://onhand.example/back',
        callbackUrl: 'https://onhand.example/keys',
      }),
    )
    expect(`${url.origin}${url.pathname}`).toBe('https://shop.example/winkel/wc-auth/v1/authorize')
    expect(Object.fromEntries(url.searchParams)).toEqual({
      app_name: 'Onhand',
      scope: 'read_write',
      user_id: 's-1',
      return_url: 'https://onhand.example/back',
      callback_url: 'https://onhand.example/keys',
    })
  })

  const keys = {
    key_id: 4,
    user_id: 's-1',
    consumer_key: 'ck_1a',
    consumer_secret: 'cs_1b',
    key_permissions: 'read_write',
  }

  it('reads the keys the shop posts', () => {
    expect(readApproval(JSON.stringify(keys))).toEqual({
      ok: true,
      state: 's-1',
      credentials: { consumerKey: 'ck_1a', consumerSecret: 'cs_1b' },
    })
  })

  it.each([
    [JSON.stringify({ ...keys, key_permissions: 'read' }), /may only read/],
    [JSON.stringify({ ...keys, consumer_key: 'x' }), /not the keys/],
    ['{', /not JSON/],
  ])('refuses %s', (body, reason) => {
    expect(readApproval(body)).toMatchObject({ ok: false, reason: expect.stringMatching(reason) })
  })

  it('finds the shop a webhook speaks of', () => {
    const raw = (headers: Record<string, string>) => ({ method: 'POST', path: '/', headers, body: new Uint8Array() })
    expect(woocommerce.shopOf(raw({ 'x-wc-webhook-source': 'https://shop.example/' }))).toBe('https://shop.example')
    expect(woocommerce.shopOf(raw({}))).toBeUndefined()
  })
})
