/** What many object types answer alike. */

import { gid } from './ids.ts'
import { type PageArgs, page } from './search.ts'
import { decimalText, utcText } from './text.ts'

export const time = (ms: number | undefined) => (ms === undefined ? null : utcText(ms))

export const moneyBag = (currency: string, amountCents: number) => {
  const money = { amount: decimalText(amountCents), currencyCode: currency }
  return { shopMoney: money, presentmentMoney: money }
}

/** Fields that most things answer alike. */
export const identity = (kind: string) => ({
  id: (thing: { id: string }) => gid(kind, thing.id),
  legacyResourceId: (thing: { id: string }) => thing.id,
})
export const times = {
  createdAt: (thing: { createdAt: number }) => utcText(thing.createdAt),
  updatedAt: (thing: { updatedAt: number }) => utcText(thing.updatedAt),
}

export const byPosition = <T>(things: readonly T[], args: PageArgs, id: (thing: T) => string) => {
  const positions = new Map(things.map((thing, i) => [thing, i]))
  return page(things, args, (thing) => [positions.get(thing) ?? 0, id(thing)])
}

export type LevelArgs = PageArgs & { readonly query?: string | null }
