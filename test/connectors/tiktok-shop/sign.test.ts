/** The published and computed signature vectors, and the paths that carry no shop cipher. */

import { describe, expect, test } from 'vitest'
import { sign, wantsShopCipher } from '../../../connectors/tiktok-shop/sign.ts'
import { fixture } from './support.ts'

interface Vectors {
  requests: {
    name: string
    path: string
    query: Record<string, string>
    content_type: string
    body: string
    app_secret: string
    expected_sign: string
  }[]
}

const { requests } = fixture<Vectors>('vectors')

describe('request signatures', () => {
  test.each(requests)('$name', async ({ path, query, content_type: contentType, body, app_secret, expected_sign }) => {
    expect(await sign({ path, query, body, contentType }, app_secret)).toBe(expected_sign)
  })

  test('every byte of the body counts', async () => {
    const [, put] = requests
    if (!put) throw new Error('no vector')
    const spaced = put.body.replace(':', ': ')
    expect(await sign({ path: put.path, query: put.query, body: spaced }, put.app_secret)).not.toBe(put.expected_sign)
  })

  test('a multipart body is not signed, whatever its boundary', async () => {
    const [first] = requests
    if (!first) throw new Error('no vector')
    const { path, query, app_secret } = first
    const multipart = { path, query, body: 'file', contentType: 'multipart/form-data; boundary=xyz' }
    expect(await sign(multipart, app_secret)).toBe(first.expected_sign)
  })

  test('an empty secret signs nothing', async () => {
    await expect(sign({ path: '/x', query: {} }, '')).rejects.toThrow('secret')
  })
})

test.each([
  ['GET', '/authorization/202309/shops', false],
  ['GET', '/seller/202309/shops', false],
  ['POST', '/product/202309/images/upload', false],
  ['POST', '/product/202409/compliance/manufacturers', false],
  ['POST', '/product/202309/global_products/search', false],
  ['POST', '/product/202309/brands', false],
  ['GET', '/product/202309/brands', true],
  ['GET', '/logistics/202309/global_warehouses', false],
  ['GET', '/logistics/202309/warehouses', true],
  ['GET', '/order/202507/orders', true],
  ['PUT', '/event/202309/webhooks', true],
])('%s %s carries the shop cipher: %s', (method, path, wanted) => {
  expect(wantsShopCipher(method, path)).toBe(wanted)
})
