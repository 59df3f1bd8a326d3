/** What the inventory mutations have in common: documents, quantity names, rows, and the guard against a stale view. */

import { type Item, isActive, type Level, onHand, type Place, type QuantityName, quantityNames } from './model.ts'
import { find, refusal, type UserError, userError } from './resolve.ts'
import { levelAt } from './stock.ts'
import type { World } from './world.ts'

export const reasons = new Set([
  ...['correction', 'cycle_count_available', 'damaged', 'movement_created', 'movement_updated', 'movement_received'],
  ...['movement_canceled', 'other', 'promotion', 'quality_control', 'received', 'reservation_created'],
  ...['reservation_deleted', 'reservation_updated', 'restock', 'safety_stock', 'shrinkage'],
])
export const setMax = 1_000_000_000
export const adjustMax = 2_000_000_000

export interface Change {
  readonly level: Level
  readonly name: string
  readonly delta: number
  readonly after: number
  readonly ledgerDocumentUri?: string | undefined
}

export interface Group {
  readonly id: string
  readonly createdAt: number
  readonly reason: string
  readonly referenceDocumentUri: string | null
  readonly changes: readonly Change[]
}

export type Outcome = { readonly errors: readonly UserError[] } | { readonly changes: readonly Change[] }

export const isUri = (text: string): boolean => {
  const match = /^([a-z][a-z0-9+.-]*):\/\/(.+)$/i.exec(text)
  if (!match?.[2]) return false
  return match[1]?.toLowerCase() !== 'gid' || /^[^/]+\/[^/]+\/.+$/.test(match[2])
}

/** The document of a change of `name`: none for available, one that is not Shopify's own for the rest. */
export function documentError(
  name: string,
  uri: string | null | undefined,
): [code: string, message: string] | undefined {
  if (name === 'available')
    return uri
      ? ['INVALID_AVAILABLE_DOCUMENT', 'A ledger document URI is not allowed when adjusting available.']
      : undefined
  if (!uri) return ['INVALID_QUANTITY_DOCUMENT', 'A ledger document URI is required except when adjusting available.']
  if (uri.startsWith('gid://shopify/'))
    return [
      'INTERNAL_LEDGER_DOCUMENT',
      'Internal (gid://shopify/) ledger documents are not allowed to be adjusted via API.',
    ]
  return isUri(uri) ? undefined : ['INVALID_LEDGER_DOCUMENT', 'The specified ledger document is invalid.']
}

export const writable = (name: string): QuantityName | undefined =>
  quantityNames.find((known) => known === name && known !== 'committed')

export const read = (level: Level, name: string): number => {
  const known = quantityNames.find((one) => one === name)
  return known ? level.quantities[known] : onHand(level)
}

export interface Row {
  readonly inventoryItemId: string
  readonly locationId: string
}

export const sameForAll = (input: { reason: string; referenceDocumentUri?: string | null }): UserError[] => [
  ...(reasons.has(input.reason)
    ? []
    : [userError(['input', 'reason'], 'The specified reason is invalid.', 'INVALID_REASON')]),
  ...(input.referenceDocumentUri && !isUri(input.referenceDocumentUri)
    ? [
        userError(
          ['input', 'referenceDocumentUri'],
          'The specified reference document is invalid.',
          'INVALID_REFERENCE_DOCUMENT',
        ),
      ]
    : []),
]

/** Finds a row's level. Since 2026-10 any location takes any item, so a missing level is made. */
export function levelOf(world: World, row: Row, path: readonly string[], errors: UserError[]): Level | undefined {
  const item: Item | undefined = find('InventoryItem', world.items, row.inventoryItemId)
  const place: Place | undefined = find('Location', world.places, row.locationId)
  if (!item)
    errors.push(
      userError(
        [...path, 'inventoryItemId'],
        'The specified inventory item could not be found.',
        'INVALID_INVENTORY_ITEM',
      ),
    )
  // That a deactivated location is answered like one that is not there is assumed.
  if (!place || !isActive(place))
    errors.push(userError([...path, 'locationId'], 'The specified location could not be found.', 'INVALID_LOCATION'))
  return item && place && isActive(place) ? levelAt(world, item, place) : undefined
}

export interface Guarded {
  readonly changeFromQuantity?: number | null
}

/** Present it must be, and null means no check. What the wire says when it is missing is not documented. */
export function guardGiven(guarded: Guarded, path: string): void {
  if (!('changeFromQuantity' in guarded))
    throw refusal(`The changeFromQuantity argument is required at ${path}; pass null to skip the check.`, 'BAD_REQUEST')
}

export const stale = (path: readonly string[]) =>
  userError(
    [...path, 'changeFromQuantity'],
    'The changeFromQuantity argument no longer matches the persisted quantity.',
    'CHANGE_FROM_QUANTITY_STALE',
  )

export const isStale = (guarded: Guarded, level: Level, name: string) =>
  guarded.changeFromQuantity != null && guarded.changeFromQuantity !== read(level, name)
