/** inventorySetQuantities: an absolute available or on hand. */

import {
  type Guarded,
  guardGiven,
  isStale,
  levelOf,
  type Outcome,
  type Row,
  read,
  sameForAll,
  setMax,
  stale,
} from './inventory-rules.ts'
import { type Level, onHand } from './model.ts'
import { userError } from './resolve.ts'
import { move } from './stock.ts'
import type { World } from './world.ts'

interface SetInput {
  readonly name: string
  readonly reason: string
  readonly referenceDocumentUri?: string | null
  readonly quantities: readonly (Row & Guarded & { readonly quantity: number })[]
}

export function setQuantities(world: World, input: SetInput): Outcome {
  const errors = sameForAll(input)
  if (input.name !== 'available' && input.name !== 'on_hand')
    errors.push(userError(['input', 'name'], 'The specified quantity name is invalid.', 'INVALID_NAME'))
  const levels: Level[] = []
  const seen = new Set<Level>()
  input.quantities.forEach((row, i) => {
    const path = ['input', 'quantities', String(i)]
    guardGiven(row, path.join('.'))
    const level = levelOf(world, row, path, errors)
    if (row.quantity < 0)
      errors.push(userError([...path, 'quantity'], "The quantity can't be negative.", 'INVALID_QUANTITY_NEGATIVE'))
    if (row.quantity > setMax)
      errors.push(
        userError(
          [...path, 'quantity'],
          "The quantity can't be higher than 1,000,000,000.",
          'INVALID_QUANTITY_TOO_HIGH',
        ),
      )
    if (!level) return
    if (seen.has(level))
      errors.push(
        userError(
          path,
          'The combination of inventoryItemId and locationId must be unique.',
          'NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR',
        ),
      )
    seen.add(level)
    if (isStale(row, level, input.name)) errors.push(stale(path))
    levels.push(level)
  })
  // One bad row refuses the whole call: whether Shopify applies the good ones is not documented.
  if (errors.length) return { errors }
  const changes = input.quantities.flatMap((row, i) => {
    const level = levels[i]
    if (!level) return []
    const delta = row.quantity - read(level, input.name)
    move(world, level, 'available', delta)
    return [
      { level, name: 'available', delta, after: level.quantities.available },
      { level, name: 'on_hand', delta, after: onHand(level) },
    ]
  })
  return { changes }
}
