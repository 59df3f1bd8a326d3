import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { markets } from '../../mappings/markets.ts'
import { orderStateTable } from '../../mappings/order-states.ts'
import { systemRandom } from '../../src/clock.ts'
import { createLog } from '../../src/log.ts'
import { calmRhythm } from '../../src/loops.ts'
import { createProgram, type Program } from '../../src/program.ts'
import { virtualClock } from '../../src/sandbox/virtual-clock.ts'
import { onEveryDatabase } from '../support/databases.ts'
import { sampleRows } from '../support/sample-rows.ts'

let program: Program | undefined
afterEach(async () => await program?.close())

const token = 'a-token-for-this-test'

async function get(path: string): Promise<{ status: number; body: unknown }> {
  const answer = await program?.app.request(path, { headers: { authorization: `Bearer ${token}` } })
  return { status: answer?.status ?? 0, body: await answer?.json() }
}

const routes = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
})

onEveryDatabase((fresh) => {
  describe('every list and view of the API', () => {
    it('answers, with books that hold a row of everything', async () => {
      const clock = virtualClock()
      program = await createProgram({
        databaseUrl: await fresh(),
        secretKey: new Uint8Array(32),
        adminToken: token,
        publicUrl: () => 'https://onhand.example',
        connectors: new Map(),
        carriers: { carriers: [], refusals: [] },
        life: { states: orderStateTable, markets },
        clock,
        random: systemRandom,
        fetch: () => Promise.reject(new Error('there is no network here')),
        log: createLog(() => undefined, clock.now),
        rhythm: calmRhythm,
      })
      const { db } = program.store
      for (const [table, samples] of Object.entries(sampleRows)) {
        // Safe: every sample is a row of the table that it stands under.
        const name = table as 'meta'
        await db
          .insertInto(name)
          .values(samples[0]?.row as { name: string; value: string })
          .execute()
      }
      const { paths } = routes.parse((await get('/api/openapi.json')).body)
      const known: Readonly<Record<string, string>> = {
        account: 'a',
        order: '1',
        sku: 'MUG',
        id: '1',
        kind: 'unlinked',
      }
      const asked: string[] = []
      for (const [path, methods] of Object.entries(paths)) {
        if (!('get' in methods)) continue
        const isAccount = path.startsWith('/accounts/') || path.startsWith('/api/accounts/')
        const filled = path.replaceAll(/\{(\w+)\}|:(\w+)/g, (_, a, b) => (isAccount ? 'a' : (known[a ?? b] ?? 'none')))
        const time = path.includes('/reports/') ? '?from=2000-01-01&to=2100-01-01' : ''
        const query = path.endsWith('/reports/punctuality') ? `${time}&account=a` : time
        const url = `${filled.startsWith('/api') ? '' : '/api'}${filled}${query}`
        const { status, body } = await get(url)
        asked.push(url)
        // A problem's id is made of what it is about: the sample has none under this one.
        if (!url.startsWith('/api/problems/')) expect([url, status, body]).toEqual([url, 200, expect.anything()])
      }
      expect(asked.length).toBeGreaterThan(10)
      expect((await get('/ready')).status).toBe(200)
    })
  })
})
