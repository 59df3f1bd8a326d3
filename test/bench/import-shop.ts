/** A sandbox shop with a large catalogue in a process of its own, so that its memory is not the importer's. Prints its address and connection. */

import { serve } from '@hono/node-server'
import { seededRandom, systemClock } from '../../src/clock.ts'
import { calmHooks, type SandboxShop } from '../../src/sandbox/shop.ts'
import { shopifySandbox } from '../../src/sandbox/shopify/index.ts'
import { tiktokSandbox } from '../../src/sandbox/tiktok-shop/index.ts'
import { wooSandbox } from '../../src/sandbox/woocommerce/index.ts'

const [platform = '', countText = '0'] = process.argv.slice(2)
const count = Number(countText)

// Its things changed at different times, up to an hour ago.
const startedAt = systemClock.now()
let madeAt: number | undefined = startedAt - 3_600_000
const clock = { ...systemClock, now: () => Math.floor(madeAt ?? systemClock.now()) }
const deps = { clock, random: seededRandom(1), fetch: async () => new Response(), chaos: calmHooks }

let origin = ''
function shopOf(): SandboxShop {
  if (platform === 'shopify') return shopifySandbox(deps)
  if (platform === 'tiktok-shop') return tiktokSandbox(deps, { currency: 'EUR' })
  return wooSandbox(deps, { home: () => origin })
}
const shop = shopOf()
for (let n = 0; n < count; n++) {
  shop.addProduct({ sku: `S-${n}`, title: `Thing number ${n}`, price: '9.50', quantity: n % 50 })
  madeAt = startedAt - 3_600_000 + (n * 3_500_000) / count
}
madeAt = undefined
serve({ fetch: (request) => shop.app.fetch(request), port: 0, hostname: '127.0.0.1' }, ({ port }) => {
  origin = `http://127.0.0.1:${port}`
  process.stdout.write(`${JSON.stringify({ origin, ...shop.connection() })}\n`)
})
