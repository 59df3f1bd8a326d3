/** WooCommerce held to the battery of the port. */

import { connectors } from '../../../connectors/index.ts'
import { wooSandbox } from '../../../src/sandbox/woocommerce/index.ts'
import { channelBattery, setUp } from '../../contract/channel.ts'

const connector = connectors.get('woocommerce')
if (!connector) throw new Error('WooCommerce is not on the list of connectors.')

const origin = 'https://woo.example'
const unknown = { order: '99999', listing: 'p99999', register: 'p99999' }
const cannot = {
  relativeWrites: 'WooCommerce has absolute writes only',
  compareAndSet: 'WooCommerce compares nothing before it writes',
}

channelBattery('WooCommerce', setUp({ connector, origin, sandbox: (deps) => wooSandbox(deps, { home: origin }) }), {
  unknown,
  cannot,
})
