/** The sandbox's own signatures against the published and recomputed vectors. */

import { describe, expect, test } from 'vitest'
import { requestSign, signedText, webhookSign } from '../../../src/sandbox/tiktok-shop/signing.ts'
import vectors from '../../fixtures/tiktok-shop/sandbox-signatures.json' with { type: 'json' }

const entries = (query: Record<string, string | undefined>) =>
  Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as [string, string]]))

describe('request signatures', () => {
  test.each(vectors.requests)('$name', ({ path, query, contentType, body, secret, text, sign }) => {
    const signed = { path, query: entries(query), contentType, body }
    expect(signedText(signed)).toBe(text)
    expect(requestSign(secret, signed)).toBe(sign)
  })

  test('a multipart body is not signed, whatever its boundary', () => {
    const head = { path: '/product/202309/images/upload', query: entries({ app_key: 'a', timestamp: '1' }) }
    const multipart = { ...head, contentType: 'multipart/form-data; boundary=x', body: 'bytes' }
    expect(signedText(multipart)).toBe('/product/202309/images/uploadapp_keyatimestamp1')
    expect(signedText({ ...multipart, contentType: 'application/json' })).toMatch(/bytes$/)
  })
})

test.each(vectors.webhooks)('webhook signature: $name', ({ appKey, secret, body, authorization }) => {
  expect(webhookSign(appKey, secret, body)).toBe(authorization)
  expect(webhookSign(appKey, secret, `${body} `)).not.toBe(authorization)
})
