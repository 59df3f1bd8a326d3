/** The only list of connectors: a platform is added here and nowhere else. */

import type { Connector } from '../src/channel.ts'
import type { Platform } from '../src/domain.ts'
import { shopify } from './shopify/index.ts'
import { tiktokShop } from './tiktok-shop/index.ts'
import { woocommerce } from './woocommerce/index.ts'

/** By platform name. Each connector checks its own credentials and settings, so the list may forget their types. */
export const connectors: ReadonlyMap<Platform, Connector> = new Map(
  [untyped(shopify), untyped(woocommerce), untyped(tiktokShop)].map((connector) => [connector.platform, connector]),
)

/** Safe: `open` is only ever given what the same connector's own schemas have parsed. */
function untyped<C, S>(connector: Connector<C, S>): Connector {
  return connector as unknown as Connector
}
