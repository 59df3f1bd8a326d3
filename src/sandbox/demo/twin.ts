/** The evening once more: three shops of their own and an Onhand whose policy is another one, the mirror unless said otherwise. No parcels. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Api, createApiClient } from './api.ts'
import { startCore } from './core.ts'
import type { Twin } from './report.ts'
import { runSale } from './sale.ts'
import { connect, openShops, type Shops, type Wish, waitForFirstNumbers } from './setup.ts'
import { createWatch, idsOf } from './watch.ts'

export interface OpenTwin {
  readonly shops: Shops
  readonly api: Api
  /** Resolves when the evening, or so much of it, is over. */
  run(forMs?: number): Promise<Twin>
  close(): Promise<void>
}

export async function openTwin(
  seed: number,
  adminToken: string,
  wish: Wish = { policy: 'mirror', ships: false },
): Promise<OpenTwin> {
  const folder = mkdtempSync(join(tmpdir(), 'onhand-mirror-'))
  const watch = createWatch()
  const shops = await openShops(seed, undefined, watch)
  const core = await startCore({ folder, adminToken, port: 0, onLine: () => undefined })
  const api = createApiClient(core.url, adminToken)
  const ids = await connect(api, shops, wish)
  await waitForFirstNumbers(shops)
  return {
    shops,
    api,
    async run(forMs) {
      const sale = await runSale(shops, seed, () => undefined, forMs, watch)
      const listings = await api.all<{ account: string; sku: string | null; register: string | null }>('/listings')
      return { shops, sale, ways: watch.ways(idsOf(listings, ids)) }
    },
    async close() {
      await core.stop()
      for (const { close } of Object.values(shops)) close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
