/** The inventory mutations, with their run-time rules: keys, changeFromQuantity, quantity names, limits and documents. */

import type { GraphQLResolveInfo } from 'graphql'
import { fingerprintOf, keyOf } from './idempotency.ts'
import { gid } from './ids.ts'
import { type Item, type Level, onHand, type Place, type QuantityName, quantityNames } from './model.ts'
import { inventoryItemPayload } from './payloads.ts'
import { type Context, find, type Resolvers, refusal, type UserError, userError } from './resolve.ts'
import { levelAt, move } from './stock.ts'
import { utcText } from './text.ts'
import type { World } from './world.ts'

const reasons = new Set([
  ...['correction', 'cycle_count_available', 'damaged', 'movement_created', 'movement_updated', 'movement_received'],
  ...['movement_canceled', 'other', 'promotion', 'quality_control', 'received', 'reservation_created'],
  ...['reservation_deleted', 'reservation_updated', 'restock', 'safety_stock', 'shrinkage'],
])
const setMax = 1_000_000_000
const adjustMax = 2_000_000_000

interface Change {
  readonly level: Level
  readonly name: string
  readonly delta: number
  readonly after: number
  readonly ledgerDocumentUri?: string | undefined
}

interface Group {
  readonly id: string
  readonly createdAt: number
  readonly reason: string
  readonly referenceDocumentUri: string | null
  readonly changes: readonly Change[]
}

type Outcome = { readonly errors: readonly UserError[] } | { readonly changes: readonly Change[] }

const isUri = (text: string): boolean => {
  const match = /^([a-z][a-z0-9+.-]*):\/\/(.+)$/i.exec(text)
  if (!match?.[2]) return false
  return match[1]?.toLowerCase() !== 'gid' || /^[^/]+\/[^/]+\/.+$/.test(match[2])
}

/** The document of a change of `name`: none for available, one that is not Shopify's own for the rest. */
function documentError(name: string, uri: string | null | undefined): [code: string, message: string] | undefined {
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

const writable = (name: string): QuantityName | undefined =>
  quantityNames.find((known) => known === name && known !== 'committed')

const read = (level: Level, name: string): number => {
  const known = quantityNames.find((one) => one === name)
  return known ? level.quantities[known] : onHand(level)
}

interface Row {
  readonly inventoryItemId: string
  readonly locationId: string
}

const sameForAll = (input: { reason: string; referenceDocumentUri?: string | null }): UserError[] => [
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
function levelOf(world: World, row: Row, path: readonly string[], errors: UserError[]): Level | undefined {
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
  if (!place)
    errors.push(userError([...path, 'locationId'], 'The specified location could not be found.', 'INVALID_LOCATION'))
  return item && place ? levelAt(world, item, place) : undefined
}

interface Guarded {
  readonly changeFromQuantity?: number | null
}

/** Present it must be, and null means no check. What the wire says when it is missing is not documented. */
function guardGiven(guarded: Guarded, path: string): void {
  if (!('changeFromQuantity' in guarded))
    throw refusal(`The changeFromQuantity argument is required at ${path}; pass null to skip the check.`, 'BAD_REQUEST')
}

const stale = (path: readonly string[]) =>
  userError(
    [...path, 'changeFromQuantity'],
    'The changeFromQuantity argument no longer matches the persisted quantity.',
    'CHANGE_FROM_QUANTITY_STALE',
  )

const isStale = (guarded: Guarded, level: Level, name: string) =>
  guarded.changeFromQuantity != null && guarded.changeFromQuantity !== read(level, name)

// ---------------------------------------------------------------- set

interface SetInput {
  readonly name: string
  readonly reason: string
  readonly referenceDocumentUri?: string | null
  readonly quantities: readonly (Row & Guarded & { readonly quantity: number })[]
}

function setQuantities(world: World, input: SetInput): Outcome {
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

// ---------------------------------------------------------------- adjust

interface AdjustInput {
  readonly name: string
  readonly reason: string
  readonly referenceDocumentUri?: string | null
  readonly changes: readonly (Row & Guarded & { readonly delta: number; readonly ledgerDocumentUri?: string | null })[]
}

function adjustQuantities(world: World, input: AdjustInput): Outcome {
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

// ---------------------------------------------------------------- move

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

function moveQuantities(world: World, input: MoveInput): Outcome {
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
    checkTerminals(world, row, path, level, errors)
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
  _world: World,
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

// ---------------------------------------------------------------- keyed execution

interface GroupPayload {
  readonly inventoryAdjustmentGroup: Group | null
  readonly userErrors: readonly UserError[]
}

/** Runs a keyed mutation once per key; a refusal spends the key as well. */
export function once<T extends { readonly userErrors: readonly UserError[] }>(
  context: Context,
  info: GraphQLResolveInfo,
  refused: (error: UserError) => T,
  run: () => T,
): T {
  const key = keyOf(info, context.rawVariables)
  const fingerprint = fingerprintOf(info, context.rawVariables)
  const replay = context.keys.look(key, fingerprint)
  if (replay.kind === 'refused') return refused(userError(null, replay.message, replay.code))
  if (replay.kind === 'answered') return asAnswer<T>(replay.answer)
  const answer = run()
  context.keys.keep(key, fingerprint, answer.userErrors.length ? undefined : answer, context.world.options.latencyMs)
  return answer
}

/** Safe because the fingerprint starts with the mutation's name: a kept answer came from the same `run`. */
const asAnswer = <T>(answer: unknown): T => answer as T

function grouped<I extends { readonly reason: string; readonly referenceDocumentUri?: string | null }>(
  run: (world: World, input: I) => Outcome,
) {
  return (_: unknown, { input }: { input: I }, context: Context, info: GraphQLResolveInfo): GroupPayload =>
    once<GroupPayload>(
      context,
      info,
      (error) => ({ inventoryAdjustmentGroup: null, userErrors: [error] }),
      () => {
        const outcome = run(context.world, input)
        if ('errors' in outcome) return { inventoryAdjustmentGroup: null, userErrors: outcome.errors }
        const { reason, referenceDocumentUri = null } = input
        const id = context.world.newId('InventoryAdjustmentGroup')
        const createdAt = context.world.now()
        return {
          inventoryAdjustmentGroup: { id, createdAt, reason, referenceDocumentUri, changes: outcome.changes },
          userErrors: [],
        }
      },
    )
}

interface ActivateArgs extends Row {
  readonly available?: number | null
  readonly onHand?: number | null
}

interface ActivatePayload {
  readonly inventoryLevel: Level | null
  readonly userErrors: readonly UserError[]
}

function activate(_: unknown, args: ActivateArgs, context: Context, info: GraphQLResolveInfo): ActivatePayload {
  const refused = (error: UserError): ActivatePayload => ({ inventoryLevel: null, userErrors: [error] })
  return once<ActivatePayload>(context, info, refused, () => {
    const { world } = context
    const errors: UserError[] = []
    const existed = find('InventoryItem', world.items, args.inventoryItemId)?.levels.has(
      find('Location', world.places, args.locationId)?.id ?? '',
    )
    const level = levelOf(world, args, [], errors)
    if (!level) return { inventoryLevel: null, userErrors: errors }
    const wanted = args.available ?? args.onHand
    if (wanted != null && existed)
      return refused(
        userError(
          ['available'],
          'Not allowed to set available quantity when the item is already active at the location.',
        ),
      )
    if (wanted != null) move(world, level, 'available', wanted)
    return { inventoryLevel: level, userErrors: [] }
  })
}

function updateItem(
  _: unknown,
  { id, input }: { id: string; input: { tracked?: boolean | null } },
  { world }: Context,
): unknown {
  const item = find('InventoryItem', world.items, id)
  if (!item)
    return {
      inventoryItem: null,
      userErrors: [userError(['id'], "The product couldn't be updated because it does not exist.")],
    }
  if (input.tracked != null) item.tracked = input.tracked
  item.updatedAt = world.now()
  world.tell({ topic: 'inventory_items/update', about: item.id, payload: () => inventoryItemPayload(world, item) })
  return { inventoryItem: item, userErrors: [] }
}

interface ChangesArgs {
  readonly inventoryItemIds?: readonly string[] | null
  readonly locationIds?: readonly string[] | null
  readonly quantityNames?: readonly string[] | null
}

export const inventoryResolvers: Resolvers = {
  Mutation: {
    inventorySetQuantities: grouped(setQuantities),
    inventoryAdjustQuantities: grouped(adjustQuantities),
    inventoryMoveQuantities: grouped(moveQuantities),
    inventoryActivate: activate,
    inventoryItemUpdate: updateItem,
  },
  InventoryAdjustmentGroup: {
    id: (group: Group) => gid('InventoryAdjustmentGroup', group.id),
    createdAt: (group: Group) => utcText(group.createdAt),
    changes: ({ changes }: Group, { inventoryItemIds, locationIds, quantityNames }: ChangesArgs) =>
      changes.filter(
        ({ level, name }) =>
          (inventoryItemIds?.includes(gid('InventoryItem', level.item.id)) ?? true) &&
          (locationIds?.includes(gid('Location', level.place.id)) ?? true) &&
          (quantityNames?.includes(name) ?? true),
      ),
    app: (_: Group, __: unknown, { world }: Context) => ({
      id: gid('App', world.appId),
      title: 'Onhand',
      handle: 'onhand',
      apiKey: world.apiKey,
    }),
  },
  InventoryChange: {
    quantityAfterChange: ({ after }: Change) => after,
    ledgerDocumentUri: ({ ledgerDocumentUri }: Change) => ledgerDocumentUri ?? null,
    item: ({ level }: Change) => level.item,
    location: ({ level }: Change) => level.place,
  },
}
