/** One process at a time: who gets the lease, who waits, and what two processes with one shop do when its access runs out. */

import { describe, expect, it, onTestFinished } from 'vitest'
import { connectors } from '../../connectors/index.ts'
import { type Accounts, createAccounts } from '../../src/accounts/accounts.ts'
import { createLeases } from '../../src/accounts/lease.ts'
import { createVault } from '../../src/accounts/vault.ts'
import { type Clock, type Fetch, seededRandom } from '../../src/clock.ts'
import { asId } from '../../src/domain.ts'
import { openStore, type Store } from '../../src/store/index.ts'
import { type FreshDatabase, onEveryDatabase } from '../support/databases.ts'

const startAt = Date.UTC(2026, 10, 22, 10)

/** Waiting moves it on, and lets everybody else run first. */
function restlessClock(): Clock & { pass(ms: number): void } {
  let now = startAt
  return {
    now: () => now,
    monotonic: () => now,
    async sleep(ms) {
      await new Promise((resolve) => setImmediate(resolve))
      now += Math.ceil(ms)
    },
    pass: (ms) => {
      now += ms
    },
  }
}

/** The same database as two processes see it; in memory there is but one connection to share. */
async function twoProcesses(fresh: FreshDatabase, clock: Clock): Promise<[Store, Store]> {
  const url = await fresh()
  const one = await openStore(url, { clock, random: seededRandom(1) })
  const two = url.startsWith('sqlite:') ? one : await openStore(url, { clock, random: seededRandom(2) })
  onTestFinished(async () => {
    await one.close()
    if (two !== one) await two.close()
  })
  return [one, two]
}

onEveryDatabase((fresh) => {
  describe('a lease', () => {
    async function setUp() {
      const clock = restlessClock()
      const [one, two] = await twoProcesses(fresh, clock)
      const here = createLeases({ store: one, clock, random: seededRandom(3) })
      const there = createLeases({ store: two, clock, random: seededRandom(4) })
      return { clock, here, there, store: one }
    }

    it('is held by one at a time, and each gets its turn', async () => {
      const { here, there, clock } = await setUp()
      const seen: string[] = []
      const work = (name: string) => async () => {
        seen.push(`${name} in`)
        await clock.sleep(1000)
        seen.push(`${name} out`)
        return name
      }
      const done = await Promise.all([
        here.hold('x', work('a')),
        there.hold('x', work('b')),
        here.hold('x', work('c')),
        there.hold('x', work('d')),
      ])
      expect(done).toEqual(['a', 'b', 'c', 'd'])
      for (let at = 0; at < seen.length; at += 2) expect(seen[at + 1]).toBe(seen[at]?.replace(' in', ' out'))
      expect(seen).toHaveLength(8)
    })

    it('is given back when the work fails, with its error', async () => {
      const { here, there, clock } = await setUp()
      const startedAt = clock.now()
      await expect(here.hold('x', () => Promise.reject(new Error('broke')))).rejects.toThrow('broke')
      expect(await there.hold('x', async () => 'next')).toBe('next')
      expect(clock.now()).toBe(startedAt)
    })

    it('of a process that died ends by itself, and its late end takes nothing from the next holder', async () => {
      const { here, there, clock, store } = await setUp()
      const { promise, resolve: revive } = Promise.withResolvers<void>()
      const dead = here.hold('x', () => promise)
      await clock.sleep(0)
      await expect.poll(() => store.db.selectFrom('lease').selectAll().execute()).toHaveLength(1)
      const startedAt = clock.now()
      const order: string[] = []
      await there.hold('x', async () => {
        expect(clock.now() - startedAt).toBeGreaterThanOrEqual(90_000 - 1000)
        revive()
        await dead
        order.push('still held')
        expect(await store.db.selectFrom('lease').selectAll().execute()).toHaveLength(1)
      })
      expect(order).toEqual(['still held'])
    })

    it('of another name is another lease', async () => {
      const { here, there } = await setUp()
      expect(await here.hold('x', () => there.hold('y', async () => 'inside'))).toBe('inside')
    })
  })

  describe('two processes with one shop', () => {
    const granted = (n: number) => ({
      access_token: `token-${n}`,
      access_token_expire_in: startAt / 1000 + 7 * 86_400,
      refresh_token: `refresh-${n}`,
      refresh_token_expire_in: startAt / 1000 + 300 * 86_400,
      user_type: 0,
    })

    async function setUp(options: { losesFirstAnswer?: boolean } = {}) {
      const clock = restlessClock()
      const stores = await twoProcesses(fresh, clock)
      const refreshes: string[] = []
      const tokens: string[] = []
      let lost = 0
      const shop: Fetch = async (request) => {
        const url = new URL(request.url)
        await clock.sleep(100)
        if (url.pathname !== '/api/v2/token/refresh') {
          tokens.push(request.headers.get('x-tts-access-token') ?? '')
          return Response.json({ code: 0, message: 'Success', data: { orders: [] } })
        }
        refreshes.push(url.searchParams.get('refresh_token') ?? '')
        if (options.losesFirstAnswer && ++lost <= 3)
          throw new TypeError('fetch failed', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) })
        return Response.json({ code: 0, message: 'Success', data: granted(refreshes.length + 1) })
      }
      const vault = await createVault(new Uint8Array(32).fill(7))
      const process = (store: Store, seed: number): Accounts =>
        createAccounts({
          store,
          vault,
          connectors,
          clock,
          random: seededRandom(seed),
          fetch: shop,
          publicUrl: () => 'https://onhand.example',
          newPacer: () => ({
            admit: async () => undefined,
            learn: () => undefined,
            throttled: () => undefined,
            accepted: () => undefined,
            configure: () => undefined,
            throttledCalls: 0,
            admittedCalls: 0,
          }),
        })
      const [one, two] = [process(stores[0], 5), process(stores[1], 6)]
      const created = await one.create({
        platform: 'tiktok-shop',
        title: 'TikTok Shop',
        shop: '1',
        origin: 'https://tiktok.example',
        credentials: {
          appKey: 'app',
          appSecret: 'secret',
          accessToken: 'token-1',
          accessTokenExpiresAt: startAt / 1000 + 3600,
          refreshToken: 'refresh-1',
          refreshTokenExpiresAt: startAt / 1000 + 300 * 86_400,
          shopCipher: 'ROW_1',
        },
        settings: {},
      })
      if (!created.ok) throw new Error(created.reason)
      const channels = await Promise.all([one, two].map(async (each) => (await each.open(created.account.id))?.channel))
      const ask = async (which: 0 | 1) =>
        channels[which]?.fetch({ kind: 'orders', ids: [asId<'order'>('576461413038785752')] })
      return { clock, refreshes, tokens, ask }
    }

    it('renew once when both find the access at its end at the same moment', async () => {
      const { clock, refreshes, tokens, ask } = await setUp()
      clock.pass(3_600_000)
      await Promise.all([ask(0), ask(1), ask(0), ask(1)])
      expect(refreshes).toEqual(['refresh-1'])
      expect(new Set(tokens)).toEqual(new Set(['token-2']))
    })

    it('do not renew what the other has renewed long ago', async () => {
      const { clock, refreshes, tokens, ask } = await setUp()
      clock.pass(3_600_000)
      await ask(0)
      clock.pass(60_000)
      await ask(1)
      expect(refreshes).toEqual(['refresh-1'])
      expect(tokens).toEqual(['token-2', 'token-2'])
    })

    it('ask again with the same refresh token when the answer was lost, and use what comes', async () => {
      const { clock, refreshes, tokens, ask } = await setUp({ losesFirstAnswer: true })
      clock.pass(3_600_000)
      await expect(ask(0)).rejects.toMatchObject({ kind: 'transient' })
      await ask(1)
      await ask(0)
      expect(new Set(refreshes)).toEqual(new Set(['refresh-1']))
      expect(refreshes).toHaveLength(4)
      expect(tokens).toEqual(['token-5', 'token-5'])
    })
  })
})
