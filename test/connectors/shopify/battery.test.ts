/** Shopify held to the battery of the port. */

import { connectors } from '../../../connectors/index.ts'
import { shopifySandbox } from '../../../src/sandbox/shopify/index.ts'
import { channelBattery, setUp } from '../../contract/channel.ts'

const connector = connectors.get('shopify')
if (!connector) throw new Error('Shopify is not on the list of connectors.')

const origin = 'https://onhand-demo.myshopify.com'
/** The battery asks faster than a store allows; what a refusal means is tried by itself. */
const plan = { capacity: 1_000_000, restorePerSecond: 100_000 }

channelBattery('Shopify', setUp({ connector, origin, sandbox: (deps) => shopifySandbox(deps, { plan }) }), {
  unknown: { order: '99999999999', listing: '99999999999', register: '99999999999@24826418' },
  cannot: {},
})
