/** What many webhook bodies write alike. */

import type { Order } from './model.ts'
import { moneyText, rawNumber } from './text.ts'

export const orNull = <T>(value: T | undefined): T | null => value ?? null

export const moneySet = (order: Order, amountCents: number) => {
  const money = { amount: moneyText(amountCents), currency_code: order.currency }
  return { shop_money: money, presentment_money: money }
}

export const rawOrNull = (id: string | undefined) => (id === undefined ? null : rawNumber(id))
