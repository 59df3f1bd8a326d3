/** inventoryMoveQuantities: units change their name and stay where they are. */

import {
  adjustMax,
  documentError,
  type Guarded,
  guardGiven,
  isStale,
  levelOf,
  type Outcome,
  sameForAll,
  stale,
  writable,
} from './inventory-rules.ts'
import type { Level } from './model.ts'
import { type UserError, userError } from './resolve.ts'
import { move } from './stock.ts'
import type { World } from './world.ts'

interface Terminal extends Guarded {
  readonly name: string
  readonly locationId: string
  readonly ledgerDocumentUri?: string | null
}

interface MoveInput {
  readonly reason: string
  readonly referenceDocumentUri: string
  readonly changes: readonly {
    readonly inventoryItemId: string
    readonly quantity: number
    readonly from: Terminal
    readonly to: Terminal
  }[]
}

export function moveQuantities(world: World, input: MoveInput): Outcome {
  const errors = sameForAll(input)
  const documents = new Set(input.changes.flatMap(({ from, to }) => [from.ledgerDocumentUri, to.ledgerDocumentUri]))
  documents.delete(null)
  documents.delete(undefined)
  if (documents.size > 2)
    errors.push(
      userError(
        ['input', 'changes'],
        'Only a maximum of 2 ledger document URIs across all changes is allowed.',
        'MAXIMUM_LEDGER_DOCUMENT_URIS',
      ),
    )
  const levels = input.changes.map((row, i) => {
    const path = ['input', 'changes', String(i)]
    const level = levelOf(world, { ...row, locationId: row.from.locationId }, path, errors)
    checkTerminals(row, path, level, errors)
    return level
  })
  if (errors.length) return { errors }
  const changes = input.changes.flatMap((row, i) => {
    const level = levels[i]
    const from = writable(row.from.name)
    const to = writable(row.to.name)
    if (!level || !from || !to) return []
    move(world, level, from, -row.quantity)
    move(world, level, to, row.quantity)
    return [
      {
        level,
        name: from,
        delta: -row.quantity,
        after: level.quantities[from],
        ledgerDocumentUri: row.from.ledgerDocumentUri ?? undefined,
      },
      {
        level,
        name: to,
        delta: row.quantity,
        after: level.quantities[to],
        ledgerDocumentUri: row.to.ledgerDocumentUri ?? undefined,
      },
    ]
  })
  return { changes }
}

function checkTerminals(
  row: MoveInput['changes'][number],
  path: readonly string[],
  level: Level | undefined,
  errors: UserError[],
): void {
  const { from, to, quantity } = row
  if (quantity < 0)
    errors.push(userError([...path, 'quantity'], "The quantity can't be negative.", 'INVALID_QUANTITY_NEGATIVE'))
  if (quantity > adjustMax)
    errors.push(
      userError([...path, 'quantity'], "The quantity can't be higher than 2,000,000,000.", 'INVALID_QUANTITY_TOO_HIGH'),
    )
  if (from.locationId !== to.locationId)
    errors.push(userError(path, "The quantities can't be moved between different locations.", 'DIFFERENT_LOCATIONS'))
  if (from.name === to.name)
    errors.push(userError(path, "The quantity names for each change can't be the same.", 'SAME_QUANTITY_NAME'))
  for (const [end, terminal] of [
    ['from', from],
    ['to', to],
  ] as const) {
    const at = [...path, end]
    guardGiven(terminal, at.join('.'))
    if (!writable(terminal.name)) {
      errors.push(userError([...at, 'name'], 'The specified quantity name is invalid.', 'INVALID_QUANTITY_NAME'))
      continue
    }
    const wrong = documentError(terminal.name, terminal.ledgerDocumentUri)
    if (wrong) errors.push(userError([...at, 'ledgerDocumentUri'], wrong[1], wrong[0]))
    if (level && isStale(terminal, level, terminal.name)) errors.push(stale(at))
  }
  // Available may go below zero, as with any other write; a counted state has no units that are not there.
  const name = writable(from.name)
  if (level && name && name !== 'available' && level.quantities[name] < quantity)
    errors.push(
      userError([...path, 'quantity'], "The quantities couldn't be moved. Try again.", 'MOVE_QUANTITIES_FAILED'),
    )
}
