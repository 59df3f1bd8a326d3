/** inventoryAdjustQuantities: a difference of one quantity. */

import {
  adjustMax,
  documentError,
  type Guarded,
  guardGiven,
  isStale,
  levelOf,
  type Outcome,
  type Row,
  sameForAll,
  stale,
  writable,
} from './inventory-rules.ts'
import { type Level, onHand } from './model.ts'
import { userError } from './resolve.ts'
import { move } from './stock.ts'
import type { World } from './world.ts'

interface AdjustInput {
  readonly name: string
  readonly reason: string
  readonly referenceDocumentUri?: string | null
  readonly changes: readonly (Row & Guarded & { readonly delta: number; readonly ledgerDocumentUri?: string | null })[]
}

export function adjustQuantities(world: World, input: AdjustInput): Outcome {
  const errors = sameForAll(input)
  const name = writable(input.name)
  if (!name)
    errors.push(userError(['input', 'name'], 'The specified quantity name is invalid.', 'INVALID_QUANTITY_NAME'))
  if (new Set(input.changes.map((row) => row.ledgerDocumentUri ?? null)).size > 1)
    errors.push(
      userError(['input', 'changes'], 'All changes must have the same ledger document URI.', 'MAX_ONE_LEDGER_DOCUMENT'),
    )
  const levels: (Level | undefined)[] = input.changes.map((row, i) => {
    const path = ['input', 'changes', String(i)]
    guardGiven(row, path.join('.'))
    const level = levelOf(world, row, path, errors)
    const wrong = documentError(input.name, row.ledgerDocumentUri)
    if (wrong && name) errors.push(userError([...path, 'ledgerDocumentUri'], wrong[1], wrong[0]))
    if (Math.abs(row.delta) > adjustMax)
      errors.push(
        userError(
          [...path, 'delta'],
          'The quantity is out of range.',
          row.delta > 0 ? 'INVALID_QUANTITY_TOO_HIGH' : 'INVALID_QUANTITY_TOO_LOW',
        ),
      )
    if (level && isStale(row, level, input.name)) errors.push(stale(path))
    return level
  })
  if (errors.length || !name) return { errors }
  const changes = input.changes.flatMap((row, i) => {
    const level = levels[i]
    if (!level) return []
    move(world, level, name, row.delta)
    const ledgerDocumentUri = row.ledgerDocumentUri ?? undefined
    const change = { level, name, delta: row.delta, after: level.quantities[name], ledgerDocumentUri }
    if (name === 'incoming') return [change]
    return [change, { level, name: 'on_hand', delta: row.delta, after: onHand(level) }]
  })
  return { changes }
}
