/** What a buyer does: a basket is taken or refused whole; while the buyer pays, its units are reserved, and a claim is never refused. */

import type { Purchase } from '../shop.ts'
import type { Variant } from './model.ts'
import { type LineDraft, type OrderDraft, placeOrder, unitsPerVariant } from './place-order.ts'
import { type Portion, portions, successorOf } from './places.ts'
import { levelAt, move, sellable } from './stock.ts'
import type { World } from './world.ts'

const buyers = [
  { firstName: 'Sanne', lastName: 'de Vries', address1: 'Prinsengracht 12', zip: '1015 DV', city: 'Amsterdam' },
  { firstName: 'Daan', lastName: 'Bakker', address1: 'Coolsingel 40', zip: '3011 AD', city: 'Rotterdam' },
  { firstName: 'Emma', lastName: 'Jansen', address1: 'Oudegracht 158', zip: '3511 AZ', city: 'Utrecht' },
  { firstName: 'Sem', lastName: 'Visser', address1: 'Grote Markt 1', zip: '9712 HN', city: 'Groningen' },
] as const

interface Wanted {
  readonly variant: Variant
  readonly quantity: number
}

/**
 * All lines or none: a basket is refused when one line asks more than is free. The order is placed at once, or under the
 * number returned here when the buyer has paid; a buyer who never pays leaves no order.
 */
export function buy(world: World, basket: readonly { sku: string; quantity: number }[]): Purchase {
  const lines: Wanted[] = []
  for (const { sku, quantity } of basket) {
    const variant = world.variantBySku.get(sku)
    if (!variant) return { ok: false, reason: 'unknown_sku' }
    lines.push({ variant, quantity })
  }
  for (const [variant, units] of unitsPerVariant(lines))
    if (variant.product.status !== 'ACTIVE' || units > (sellable(variant) ?? Number.POSITIVE_INFINITY))
      return { ok: false, reason: 'out_of_stock' }
  const draft = draftOf(world, lines)
  if (world.options.payingMs <= 0) return { ok: true, order: placeOrder(world, draft, true).id }
  const id = world.newId('Order')
  pay(world, draft, id)
  return { ok: true, order: id }
}

function pay(world: World, draft: OrderDraft, id: string): void {
  const { payingMs, abandonedFraction, reservationMs } = world.options
  const reserved = draft.lines.map((line) => ({ line, from: reserve(world, line) }))
  const release = () => {
    for (const { line, from } of reserved) if (line.variant) unreserve(world, line.variant, from)
  }
  const pays = world.deps.random.next() >= abandonedFraction && payingMs <= reservationMs
  world.later(pays ? payingMs : reservationMs, () => {
    release()
    if (!pays) return
    const lines = reserved.map(({ line, from }) => ({
      ...line,
      from: from.map(({ place, units }) => ({ place: successorOf(place), units })),
    }))
    placeOrder(world, { ...draft, lines }, true, id)
  })
}

function reserve(world: World, { variant, quantity }: LineDraft): readonly Portion[] {
  if (!variant?.item.tracked) return []
  const from = portions(world, variant, quantity)
  for (const { place, units } of from) shift(world, variant, { place, units })
  return from
}

function unreserve(world: World, variant: Variant, from: readonly Portion[]): void {
  for (const { place, units } of from) shift(world, variant, { place: successorOf(place), units: -units })
}

function shift(world: World, variant: Variant, { place, units }: Portion): void {
  const level = levelAt(world, variant.item, place)
  if (world.options.reservations === 'hidden') {
    level.held += units
    return
  }
  move(world, level, 'available', -units)
  move(world, level, 'reserved', units)
}

function draftOf(world: World, lines: readonly Wanted[]): OrderDraft {
  const buyer = buyers[Math.floor(world.deps.random.next() * buyers.length)] ?? buyers[0]
  return {
    sourceName: 'web',
    madeByApp: false,
    currency: world.options.currency,
    taxesIncluded: true,
    test: false,
    lines: lines.map(({ variant, quantity }) => ({
      variant,
      title: variant.product.title,
      sku: variant.sku,
      quantity,
      unitCents: variant.priceCents,
      requiresShipping: true,
      taxes: [],
      properties: [],
    })),
    shipping: [{ title: 'Standard', code: 'Standard', source: 'shopify', cents: 495, taxes: [] }],
    taxes: [],
    gateways: ['shopify_payments'],
    metafields: [],
    financialStatus: 'PAID',
    address: { ...buyer, countryCode: 'NL' },
    tags: [],
    customAttributes: [],
    email: `${buyer.firstName.toLowerCase()}@example.com`,
  }
}
