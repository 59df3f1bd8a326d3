/** The battery's part on meaning: `interpret` is pure, never throws, and never makes up a number. */

import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { parseJson } from '../../connectors/json.ts'
import type { Channel, RawDelivery } from '../../src/channel.ts'
import { faults } from './readings.ts'
import { deliver } from './stand.ts'
import { bought, listingOf, type Subject, trial } from './subject.ts'

/** Bodies of every kind that the connector makes or is sent, from a shop where things have happened. */
async function specimens(subject: Subject): Promise<{ channel: Channel; known: RawDelivery[] }> {
  const tried = trial(subject)
  await tried.during(tried.channel.subscriptions.repair())
  const { id: listing, register } = await listingOf(tried, 'MUG')
  const order = bought(tried, 'MUG', 2)
  await tried.clock.advance(60_000)
  const known: RawDelivery[] = []
  for (const topic of tried.channel.abilities.polls) known.push(...(await tried.pollRaw(topic)))
  known.push(...(await tried.fetchRaw({ kind: 'orders', ids: [order] })))
  known.push(...(await tried.fetchRaw({ kind: 'listings', ids: [listing] })))
  known.push(...(await tried.fetchRaw({ kind: 'stock', ids: [register] })))
  tried.shop.cancel(order)
  tried.shop.rename('POT', 'Coffee pot')
  await tried.clock.advance(60_000)
  for (const raw of tried.mail) {
    const verdict = await tried.channel.verify(raw)
    if (verdict.ok && verdict.stored)
      known.push({
        source: 'webhook',
        topic: verdict.topic,
        key: verdict.key,
        body: new TextDecoder().decode(raw.body),
      })
  }
  return { channel: tried.channel, known }
}

/** The places in a parsed body, as paths. */
function places(value: unknown, path: readonly PropertyKey[] = []): (readonly PropertyKey[])[] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([key, each]) => places(each, [...path, key]))]
}

/** A copy with another value in one place. */
function replaced(value: unknown, [key, ...rest]: readonly PropertyKey[], by: unknown): unknown {
  if (key === undefined) return by
  if (Array.isArray(value)) return value.map((each, i) => (String(i) === key ? replaced(each, rest, by) : each))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, name === key ? replaced(each, rest, by) : each]),
  )
}

/** Topics that are names of things every object has: a look-up that is not a Map finds them. */
const trickyTopics = ['', 'nonsense', 'constructor', '__proto__', 'toString', 'hasOwnProperty']

const nasty = fc.oneof(
  fc.constantFrom<unknown>(
    -1,
    0.5,
    1e300,
    '',
    '-3',
    '1.5',
    'abc',
    null,
    [],
    {},
    [null],
    '9007199254740993',
    true,
    'constructor',
    '__proto__',
  ),
  fc.jsonValue(),
)

export function interpretBattery(subject: Subject): void {
  describe('interpret', () => {
    let channel: Channel
    let known: RawDelivery[]
    let topics: string[]
    beforeAll(async () => {
      ;({ channel, known } = await specimens(subject))
      topics = [...new Set([...known.map(({ topic }) => topic), ...trickyTopics])]
    })

    const sound = (raw: RawDelivery) => {
      const readings = channel.interpret(deliver(raw))
      expect(readings.length, `${raw.topic} means something, be it nothing of interest`).toBeGreaterThan(0)
      expect(readings.flatMap((reading) => faults(reading, channel.limits.itemsPerFetch))).toEqual([])
    }

    test('reads everything that the shop itself says', () => {
      for (const raw of known) {
        sound(raw)
        expect(channel.interpret(deliver(raw)).filter(({ kind }) => kind === 'unreadable')).toEqual([])
      }
    })

    test('is pure', () => {
      for (const raw of known) {
        const delivery = Object.freeze(deliver(raw))
        expect(channel.interpret(delivery)).toEqual(channel.interpret(delivery))
        // Nothing of one reading may leak into the next.
        channel.interpret(deliver({ ...raw, body: '{}' }))
        expect(channel.interpret(deliver({ ...raw }))).toEqual(channel.interpret(delivery))
      }
    })

    test.each(['webhook', 'fetch', 'poll'] as const)('never throws: any text from a %s', (source) => {
      const body = fc.oneof(fc.string(), fc.json(), fc.constantFrom('', 'null', '[]', '{}', '0', '"x"', '{"id":1}'))
      fc.assert(
        fc.property(fc.constantFrom(...topics), body, (topic, text) => {
          sound({ source, topic, key: 'k', body: text })
        }),
        { numRuns: 300 },
      )
    })

    test('never throws and never makes up a number: any one value of a real body changed', () => {
      const bodies = known.map((raw) => ({ raw, body: parseJson(raw.body) }))
      fc.assert(
        fc.property(fc.constantFrom(...bodies), fc.nat(), nasty, ({ raw, body }, at, by) => {
          const all = places(body)
          sound({ ...raw, body: JSON.stringify(replaced(body, all[at % all.length] ?? [], by)) })
        }),
        { numRuns: 2000 },
      )
    })

    test('keeps the digits of ids beyond 2^53', async () => {
      const tried = trial(subject)
      const order = bought(tried, 'MUG', 1)
      const big = '9007199254740993'
      for (const raw of await tried.fetchRaw({ kind: 'orders', ids: [order] })) {
        const body = raw.body.replaceAll(new RegExp(`("id":"?(?:[^",{}]*/)?)${order}(?=[",}])`, 'g'), `$1${big}`)
        expect(body).not.toBe(raw.body)
        expect(tried.read([{ ...raw, body }])).toMatchObject([{ kind: 'order', order: { id: big } }])
      }
    })
  })
}
