import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Reading } from '../../src/channel.ts'
import { asId, type OrderSnapshot, type ShipmentSnapshot } from '../../src/domain.ts'
import { onEveryDatabase } from '../support/databases.ts'
import { type Bench, createBench, itemsOf, listing, order } from './bench.ts'

onEveryDatabase((fresh) => {
  let bench: Bench
  let seller = ''
  let shipper = ''
  let keys = 0

  beforeEach(async () => {
    bench = await createBench(await fresh())
    seller = await bench.connect('seller')
    shipper = await bench.connect('shipper')
    bench.shop('seller').listings.push(listing('L1'))
    await bench.post(`/accounts/${seller}/import`)
  })
  afterEach(() => bench.close())

  const at = Date.UTC(2026, 5, 15, 18)
  async function parcel(more: Partial<ShipmentSnapshot> = {}, sold: Partial<OrderSnapshot> = {}) {
    await bench.say(seller, `o-${++keys}`, { kind: 'order', order: order('1001', 'L1', 1, sold) })
    const copy = order('77', 'S1', 1, { ourReference: `onhand:${seller}:1001` })
    await bench.say(shipper, `c-${++keys}`, { kind: 'order', order: copy })
    const shipment = { id: asId<'shipment'>('P1'), order: asId<'order'>('77'), updatedAt: at, cancelled: false }
    const label = { carrier: 'Pigeon', numbers: ['pg 123-4567'], lines: [] }
    await bench.say(shipper, `p-${++keys}`, { kind: 'shipment', shipment: { ...shipment, ...label, ...more } })
    await bench.settle()
  }
  const shown = async () => itemsOf((await bench.get('/shipments?order=77')).json)[0]
  const push = (body: unknown, path = `/shipments/${shipper}/P1/push-anyway`) => bench.post(path, body)
  const problems = async () =>
    itemsOf((await bench.get('/problems')).json).filter(({ meaning }) => /parcel/.test(`${meaning}`))

  describe('a parcel that is held', () => {
    test('shows why, and is told on a person’s word with a note', async () => {
      await parcel()
      expect(await shown()).toMatchObject({
        tracking: 'held',
        reasons: [{ code: 'unknown-carrier', sentence: expect.stringContaining('"Pigeon"') }],
        pushedAnyway: null,
      })
      expect(await problems()).toMatchObject([{ reason: expect.stringContaining('Pigeon') }])

      const { status, json } = await push({ note: 'The pigeon is real.', by: 'Anna' })
      expect(status).toBe(200)
      expect(json.parcel).toMatchObject({
        tracking: 'told',
        reasons: [],
        notes: [{ code: 'unknown-carrier' }],
        pushedAnyway: { by: expect.stringContaining('Anna'), note: 'The pigeon is real.', number: 'PG1234567' },
      })
      await bench.settle()
      expect(await problems()).toEqual([])
      const kept = await bench.store.db.selectFrom('inbox').selectAll().where('id', '=', `${json.delivery}`).execute()
      expect(kept).toMatchObject([{ account: 'onhand', source: 'manual', topic: 'parcel' }])
      expect(JSON.parse(kept[0]?.body ?? '')).toMatchObject({ kind: 'push-anyway', reason: 'The pigeon is real.' })

      const lines = await bench.store.db
        .selectFrom('audit')
        .selectAll()
        .where('what', '=', 'parcel.pushed-anyway')
        .execute()
      expect(lines).toMatchObject([{ subject: `${shipper}/P1`, at: expect.any(Number), who_name: expect.any(String) }])
      expect(JSON.parse(lines[0]?.detail ?? '')).toMatchObject({ note: 'The pigeon is real.', number: 'PG1234567' })

      expect(await push({ note: 'Once more.' })).toMatchObject({
        status: 409,
        json: { detail: expect.stringContaining('told to the shop already') },
      })
    })

    test.each([
      ['no note', {}],
      ['an empty note', { note: '   ' }],
      ['something that is unknown', { note: 'It is right.', force: true }],
    ])('is not told with %s', async (_, body) => {
      await parcel()
      expect((await push(body)).status).toBe(422)
      expect(await shown()).toMatchObject({ tracking: 'held' })
    })

    test('for what no word can change stays held, and says so', async () => {
      await parcel({}, { phase: 'cancelled' })
      expect(await push({ note: 'I want it.' })).toMatchObject({
        status: 409,
        json: { detail: expect.stringMatching(/cannot be pushed on a person’s word.*was cancelled/) },
      })
      expect(await shown()).toMatchObject({ tracking: 'held', pushedAnyway: null })
    })

    test('without a number has nothing to tell', async () => {
      await parcel({ numbers: [] })
      expect(await shown()).toMatchObject({ tracking: 'waiting' })
      expect((await push({ note: 'I want it.' })).status).toBe(409)
    })

    test('is judged again when the problem is tried again, by what the shop accepts then', async () => {
      const list = (...names: string[]): Reading => ({
        kind: 'providers',
        deliveryOption: 'standard',
        providers: names.map((name, at) => ({ id: `id-${at}`, name })),
      })
      await bench.say(seller, 'l-1', list('Owl'))
      await parcel({}, { deliveryOption: 'standard' })
      const [problem] = await problems()
      expect(problem).toMatchObject({ reason: expect.stringContaining('It has Owl.') })
      expect((await bench.post(`/problems/${problem?.id}/retry`)).json).toMatchObject({ verb: 'retry' })
      const wanted = await bench.store.db
        .selectFrom('fetch_wanted')
        .selectAll()
        .where('kind', '=', 'providers')
        .execute()
      expect(wanted).toMatchObject([{ account: seller, subject: 'standard' }])
      await bench.settle()
      expect(await problems()).toMatchObject([{ id: problem?.id }])

      await bench.say(seller, 'l-2', list('Owl', 'Pigeon'))
      await bench.post(`/problems/${problem?.id}/retry`)
      await bench.settle()
      expect(await problems()).toEqual([])
      expect(await shown()).toMatchObject({ tracking: 'told', notes: [{ code: 'unknown-carrier' }] })
    })
  })

  test('a parcel that is not there cannot be pushed', async () => {
    expect((await push({ note: 'I want it.' }, `/shipments/${shipper}/P9/push-anyway`)).status).toBe(404)
  })
})
