/** The real program in a process of its own, killed in the middle of a sale: nothing that it acknowledged is lost. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { createApiClient } from '../../src/sandbox/demo/api.ts'
import { type Core, startCore } from '../../src/sandbox/demo/core.ts'
import { disagreements, type Ids, orderTroubles } from '../../src/sandbox/demo/report.ts'
import { openWarehouse, runSale } from '../../src/sandbox/demo/sale.ts'
import { shopNames } from '../../src/sandbox/demo/script.ts'
import { connect, openShops, type Shops, waitForFirstNumbers } from '../../src/sandbox/demo/setup.ts'

const adminToken = 'a-token-for-this-test'
const saleMs = 22_000
const killAtMs = [4_000, 14_000]

let shops: Shops | undefined
let core: Core | undefined
let folder: string | undefined

afterEach(async () => {
  await core?.stop()
  for (const { close } of Object.values(shops ?? {})) close()
  if (folder) rmSync(folder, { recursive: true, force: true })
})

describe('kill -9 under load', () => {
  it('loses no acknowledged webhook, and books and shelves agree afterwards', { timeout: 420_000 }, async () => {
    const acknowledged: string[] = []
    shops = await openShops(11, async (request) => {
      const body = await request.clone().text()
      const answer = await fetch(request)
      // WooCommerce's first ping carries nothing and is not kept.
      if (answer.ok && !body.startsWith('webhook_id=')) acknowledged.push(body)
      return answer
    })
    folder = mkdtempSync(join(tmpdir(), 'onhand-kill-'))
    core = await startCore({ folder, adminToken, port: 0, onLine: () => undefined })
    const running = core
    const api = createApiClient(running.url, adminToken)
    const ids = await connect(api, shops)
    await waitForFirstNumbers(shops)

    const warehouse = openWarehouse(shops, 11)
    const kills = killAtMs.map(async (atMs) => {
      await sleep(atMs)
      process.kill(running.pid() ?? 0, 'SIGKILL')
    })
    const sale = await runSale(shops, 11, () => undefined, saleMs)
    await Promise.all(kills)
    expect(running.restarts()).toBe(killAtMs.length)
    expect(sale.bought).toBeGreaterThan(200)

    const left = await settle(api, shops, ids)
    warehouse.stop()
    expect(left).toEqual({ lost: [], doubled: [], untracked: [], apart: [] })

    await running.stop()
    core = undefined
    const books = new DatabaseSync(join(folder, 'onhand.db'))
    const kept = new Set(
      books
        .prepare('select body from inbox')
        .all()
        .map(({ body }) => body),
    )
    const unread = books
      .prepare('select count(*) as n from inbox left join reading_receipt on delivery = id where delivery is null')
      .get()
    books.close()
    expect(acknowledged.length).toBeGreaterThan(200)
    expect(acknowledged.filter((body) => !kept.has(body))).toEqual([])
    expect(unread?.n).toBe(0)
  })
})

/** Waits until nothing is on its way; resolves with what is left after five minutes: machines may be busy. */
async function settle(api: ReturnType<typeof createApiClient>, open: Shops, ids: Ids) {
  const until = performance.now() + 300_000
  for (;;) {
    await sleep(1000)
    const { lost, doubled, untracked } = await orderTroubles(api, open, ids)
    let apart = await disagreements(api, open, ids)
    if (lost.length + doubled.length + untracked.length + apart.length === 0) {
      for (const name of shopNames) await api.post(`/accounts/${ids[name]}/observe`)
      apart = await disagreements(api, open, ids)
    }
    if (lost.length + doubled.length + untracked.length + apart.length === 0 || performance.now() > until)
      return { lost, doubled, untracked, apart }
  }
}
