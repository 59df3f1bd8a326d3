import { afterEach, describe, expect, it } from 'vitest'
import { connectors } from '../../connectors/index.ts'
import { seededRandom, systemClock } from '../../src/clock.ts'
import { type Recording, recordBooks } from '../../src/replay/recording.ts'
import { type Replay, replay } from '../../src/replay/replay.ts'
import type { Db } from '../../src/store/tables.ts'
import { type FreshDatabase, onEveryDatabase } from '../support/databases.ts'
import type { AtPoint } from '../support/lives.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World | undefined
const open: Recording[] = []
afterEach(async () => {
  for (const recording of open.splice(0)) await recording.close()
  await world?.close()
  world = undefined
})

const skus = ['MUG', 'CUP', 'JUG', 'LATE']
const platforms = ['shopify', 'woocommerce', 'tiktok-shop'] as const

/** An evening with all that can go wrong: answers lost, a process killed, orders cancelled, copies made and taken back, a shelf edited by hand. */
async function evening(fresh: FreshDatabase): Promise<World> {
  let isDying = false
  let isLosing = false
  const random = seededRandom(11)
  const at: AtPoint = ({ kind, when }) => (isDying && kind === 'request' && when === 'after' ? 'die' : undefined)
  const playing = await createWorld({
    products: skus.map((sku) => ({ sku, title: sku, price: '10.00', quantity: 0 })),
    seed: 3,
    policy: 'strict',
    databaseUrl: await fresh(),
    shipper: 'shopify',
    holdMs: 60_000,
    chaos: { medianDelayMs: 1500, spread: 1, lost: 0.1, doubled: 0.1 },
    at,
    network: async (_platform, request, forward) => {
      const answer = await forward(request)
      if (isLosing && request.method !== 'GET' && random.next() < 0.3)
        throw new TypeError('fetch failed', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) })
      return answer
    },
  })
  world = playing
  await playing.linkAll({ LATE: {} })
  for (const sku of ['MUG', 'CUP', 'JUG']) await playing.receive(sku, 60)
  await playing.engine.start()
  await playing.pass(60_000)

  const bought: { platform: (typeof platforms)[number]; order: string }[] = []
  for (let i = 0; i < 30; i++) {
    await playing.pass(500 + Math.floor(random.next() * 4000))
    isLosing = i > 8 && i < 22
    const platform = platforms[Math.floor(random.next() * 3)] ?? 'shopify'
    const sku = skus[Math.floor(random.next() * 4)] ?? 'MUG'
    const sale = playing.shops[platform].buy([{ sku, quantity: 1 + Math.floor(random.next() * 2) }])
    if (sale.ok) bought.push({ platform, order: sale.order })
    const regretted = i % 4 === 3 ? bought.splice(Math.floor(random.next() * bought.length), 1)[0] : undefined
    if (regretted) playing.shops[regretted.platform].cancel(regretted.order)
    if (i === 14) {
      isDying = true
      for (let waited = 0; waited < 300 && !playing.isDown(); waited++) await playing.pass(1000)
      isDying = false
      // Nobody starts in the same moment in which another one dies.
      await playing.pass(1000)
      await playing.crash()
      await playing.engine.start()
    }
  }
  isLosing = false
  await playing.pass(240_000)
  return playing
}

async function record(playing: World, url: string): Promise<Recording> {
  const recording = await playing.during(
    recordBooks(playing.store, url.startsWith('sqlite') ? 'sqlite' : 'postgres', {
      clock: systemClock,
      random: seededRandom(1),
    }),
  )
  open.push(recording)
  return recording
}

const replayed = (recording: Db, window: { from?: number; to?: number } = {}): Promise<Replay> =>
  replay({ recording, connectors, random: seededRandom(5), ...window })

const told = ({ books, difference }: Replay) => ({
  difference,
  unequal: books.filter(({ recordedHash, replayedHash }) => recordedHash !== replayedHash).map(({ book }) => book),
})
const nothing = { difference: undefined, unequal: [] }

onEveryDatabase((fresh) => {
  let url = ''
  const remembering = async () => {
    url = await fresh()
    return url
  }

  describe('an evening with crashes, lost answers and cancellations', () => {
    it('comes to the same books when it is replayed from empty', async () => {
      const recording = await record(await evening(remembering), url)
      const found = await replayed(recording.db)
      expect(told(found)).toEqual(nothing)
      expect(found.replayedHash).toBe(found.recordedHash)
      const causes = await recording.db.selectFrom('rights_change').select('cause').distinct().execute()
      expect(causes.map(({ cause }) => cause)).toEqual(
        expect.arrayContaining(['adopted', 'booked', 'acknowledged', 'in doubt', 'looked', 'export']),
      )
    })
  })
})
