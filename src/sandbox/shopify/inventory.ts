/** The inventory mutations and what they answer. */

import type { GraphQLResolveInfo } from 'graphql'
import { gid } from './ids.ts'
import { adjustQuantities } from './inventory-adjust.ts'
import { moveQuantities } from './inventory-move.ts'
import { type Change, type Group, levelOf, type Outcome, type Row } from './inventory-rules.ts'
import { setQuantities } from './inventory-set.ts'
import { once } from './keyed.ts'
import type { Level } from './model.ts'
import { inventoryItemPayload } from './payloads-stock.ts'
import { type Context, find, type Resolvers, type UserError, userError } from './resolve.ts'
import { move } from './stock.ts'
import { utcText } from './text.ts'
import type { World } from './world.ts'

interface GroupPayload {
  readonly inventoryAdjustmentGroup: Group | null
  readonly userErrors: readonly UserError[]
}

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
      apiKey: world.tokens.clientId,
    }),
  },
  InventoryChange: {
    quantityAfterChange: ({ after }: Change) => after,
    ledgerDocumentUri: ({ ledgerDocumentUri }: Change) => ledgerDocumentUri ?? null,
    item: ({ level }: Change) => level.item,
    location: ({ level }: Change) => level.place,
  },
}
