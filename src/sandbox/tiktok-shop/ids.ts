/** Ids as the platform gives them: strings of 19 digits, beyond what a JavaScript number can hold exactly. */

import type { Random } from '../../clock.ts'

/** First digits by kind, as in the platform's samples. */
const prefixes = {
  order: '576',
  line: '577',
  product: '1729',
  sku: '1730',
  package: '1152',
  cancel: '4035',
  return: '4036',
  warehouse: '7068',
  entity: '7395',
  deliveryOption: '7091',
  provider: '6617',
  shop: '7494',
  user: '7021',
  notification: '7327',
} as const

export type IdKind = keyof typeof prefixes
export type Ids = (kind: IdKind) => string

export function createIds(random: Random): Ids {
  const salt = String(Math.floor(random.next() * 1e5)).padStart(5, '0')
  let count = 0
  return (kind) => {
    count++
    return prefixes[kind] + salt + String(count).padStart(19 - prefixes[kind].length - salt.length, '0')
  }
}

const notNumbers = /"product_id":"(\d+)"/g

/** JSON with `product_id` unquoted, as webhooks 5, 16 and 37 carry it: a plain JSON.parse loses its last digits. */
export const withNumericProductIds = (json: string): string => json.replace(notNumbers, '"product_id":$1')

/** Integer minor units of a decimal string with at most two decimals. */
export function toCents(amount: string): number {
  const [whole = '0', fraction = ''] = amount.split('.')
  return Number(whole) * 100 + Number(fraction.padEnd(2, '0').slice(0, 2))
}

export const fromCents = (cents: number): string => `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`

/** Whole seconds, the platform's unit of time. */
export const seconds = (ms: number): number => Math.floor(ms / 1000)
