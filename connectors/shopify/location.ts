/** Which location of the store Onhand keeps the stock of: the merchant's choice, or the only active one. */

import { z } from 'zod'
import { ChannelError } from '../../src/errors.ts'
import type { ShopifyClient } from './client.ts'
import { activeLocations } from './documents.ts'
import { digits, locationDigits } from './ids.ts'
import type { ShopifySettings } from './install.ts'

const answer = z.looseObject({
  locations: z.looseObject({
    nodes: z.array(z.looseObject({ id: z.string(), name: z.string(), isActive: z.boolean() })),
  }),
})

/** Asks the store once and remembers; a failure is not remembered. Answers the location's digits. */
export function createLocation(shop: string, settings: ShopifySettings, client: ShopifyClient): () => Promise<string> {
  let known = settings.location === undefined ? undefined : locationDigits(settings.location)

  return async function location() {
    known ??= await onlyActive()
    return known
  }

  async function onlyActive(): Promise<string> {
    const { data } = await client.read(activeLocations, {}, answer)
    const active = data.locations.nodes.filter(({ isActive }) => isActive)
    const id = digits('Location', active[0]?.id ?? '')
    if (active.length === 1 && id) return id
    throw new ChannelError(
      'rejected',
      active.length === 0
        ? `${shop} has no active location, so there is no stock to keep. Activate a location in Shopify.`
        : `${shop} has ${active.length} active locations (${names(active)}). Choose in this account's settings which one Onhand keeps.`,
    )
  }
}

const names = (locations: readonly { readonly id: string; readonly name: string }[]) =>
  locations.map(({ id, name }) => `${name}: ${digits('Location', id) ?? id}`).join(', ')
