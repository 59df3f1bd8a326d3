import { describe, expect, it } from 'vitest'
import { returnReasonOf } from '../../mappings/return-reasons.ts'
import { enumWords } from '../connectors/shopify/schema.ts'

describe('a reason for a return', () => {
  it.each([
    ['tiktok-shop', 'ecom_order_delivered_refund_reason_no_need', 'change_of_mind'],
    ['tiktok-shop', 'buyer_refund_item_is_too_big/long', 'too_big'],
    ['tiktok-shop', "buyer_refund_package_didn't_arrive_on_time", 'late'],
    ['tiktok-shop', 'ecom_order_delivered_refund_and_return_reason_damaged', 'damaged'],
    ['shopify', 'UNWANTED', 'change_of_mind'],
    ['shopify', 'SIZE_TOO_SMALL', 'too_small'],
  ])('of %s, %s, is %s', (platform, verbatim, reason) => {
    expect(returnReasonOf(platform, verbatim)).toEqual({ reason, verbatim, isKnown: true })
  })

  it.each([
    ['tiktok-shop', 'ecom_order_delivered_refund_reason_of_2027'],
    ['woocommerce', 'Paste te klein, <b>jammer</b>'],
    ['shopify', 'toString'],
    ['__proto__', 'constructor'],
    ['other', ''],
  ])('of %s that nobody knows (%s) is other, and kept as it is', (platform, verbatim) => {
    expect(returnReasonOf(platform, verbatim)).toEqual({ reason: 'other', verbatim, isKnown: false })
  })

  it('that was not given is other', () => {
    expect(returnReasonOf('tiktok-shop', undefined)).toEqual({ reason: 'other', verbatim: '', isKnown: false })
  })

  it('is known for every word of Shopify’s own list', () => {
    const words = enumWords('ReturnReason')
    expect(words.length).toBeGreaterThan(5)
    expect(words.filter((word) => !returnReasonOf('shopify', word).isKnown)).toEqual([])
  })
})
