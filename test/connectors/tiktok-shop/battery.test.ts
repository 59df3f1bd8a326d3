/** TikTok Shop held to the battery of the port. */

import { connectors } from '../../../connectors/index.ts'
import { tiktokSandbox } from '../../../src/sandbox/tiktok-shop/index.ts'
import { channelBattery, setUp } from '../../contract/channel.ts'

const connector = connectors.get('tiktok-shop')
if (!connector) throw new Error('TikTok Shop is not on the list of connectors.')

const origin = 'https://open-api.tiktok.example'
const authOrigin = 'https://auth.tiktok.example'

channelBattery(
  'TikTok Shop',
  setUp({
    connector,
    origin,
    otherOrigins: [authOrigin],
    settings: { authOrigin },
    // The battery asks faster than a shop allows; what a refusal means is tried by itself.
    sandbox: (deps) => tiktokSandbox(deps, { requestsPerSecond: 10_000 }),
  }),
  {
    unknown: {
      order: '576999999999999999',
      listing: '1729999999999999991/1729999999999999992@7399999999999999993',
      register: '1729999999999999991/1729999999999999992@7399999999999999993',
    },
    cannot: {
      relativeWrites: 'TikTok Shop has absolute writes only',
      compareAndSet: 'TikTok Shop compares nothing before it writes',
      createsOrders: 'TikTok Shop takes no orders from outside',
      manySubscribers: 'TikTok Shop keeps one address per event and shop',
    },
  },
)
