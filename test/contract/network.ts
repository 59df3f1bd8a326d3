/** The battery's part on trouble: what each failure means for stock, who is told, and what is never told to anybody. */

import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { Call, Ops } from '../../src/channel.ts'
import { asId } from '../../src/domain.ts'
import type { ChannelError } from '../../src/errors.ts'
import { type Fault, failure, html, newKey } from './stand.ts'
import { bought, listingOf, readyOrder, type Subject, secretsOf, type Trial, trial } from './subject.ts'

/** A stock call and a read of the same shop, made before trouble starts. */
async function ready(subject: Subject) {
  const tried = trial(subject)
  const { register } = await listingOf(tried, 'MUG')
  const ops: Ops = { kind: 'stock', ops: [{ kind: 'set', register, to: 3 }] }
  const [composed] = tried.channel.compose(ops, newKey)
  if (!composed) throw new Error('Nothing was composed.')
  const read = () => failure(tried.fetchRaw({ kind: 'orders', ids: [asId<'order'>(subject.unknown.order)] }))
  const write = () => failure(tried.during(tried.channel.write(composed.call)))
  return { tried, call: composed.call, read, write }
}

/** After a write whose answer is not known, only a call that may be sent again may be called "did not happen". */
const open = (call: Call) => (call.repeatable ? 'transient' : 'unknownOutcome')

const answer = (status: number, body = '', headers: Record<string, string> = {}): Fault => ({
  kind: 'answer',
  status,
  body,
  headers,
})

export function networkBattery(subject: Subject): void {
  describe('trouble', () => {
    test('a connection that breaks: a read may be tried again, a write may have happened', async () => {
      const { tried, call, read, write } = await ready(subject)
      tried.break({ kind: 'reset' })
      expect(await read()).toMatchObject({ kind: 'transient' })
      expect(await write()).toMatchObject({ kind: open(call) })
    })

    test('a lost answer: the write has happened, and nobody says it has not', async () => {
      const { tried, call, write } = await ready(subject)
      tried.break({ kind: 'lost' })
      expect(await write()).toMatchObject({ kind: open(call) })
      expect(tried.shop.shelf().get('MUG')).toBe(3)
    })

    test('a connection that is refused: nothing has happened', async () => {
      const { tried, read, write } = await ready(subject)
      tried.break({ kind: 'refused' })
      expect(await read()).toMatchObject({ kind: 'transient' })
      expect(await write()).toMatchObject({ kind: 'transient' })
    })

    test.each([429])('%i: throttled, and the pacer is told', async (status) => {
      const { tried, read, write } = await ready(subject)
      for (const attempt of [read, write]) {
        const before = tried.pacer.throttled.length
        tried.break(answer(status, 'slow down', { 'retry-after': '7' }))
        expect(await attempt()).toMatchObject({ kind: 'throttled', retryAfterMs: 7000 })
        expect(tried.pacer.throttled.slice(before)).toEqual([7000])
      }
    })

    test('401: the credentials are refused', async () => {
      const { tried, read, write } = await ready(subject)
      tried.break(html(401))
      expect(await read()).toMatchObject({ kind: 'auth' })
      expect(await write()).toMatchObject({ kind: 'auth' })
    })

    test.each([500, 502, 503, 504])('%i: a read may be tried again, a write may have happened', async (status) => {
      const { tried, call, read, write } = await ready(subject)
      tried.break(html(status))
      expect(await read()).toMatchObject({ kind: 'transient' })
      expect(await write()).toMatchObject({ kind: open(call) })
    })

    test('a page instead of an answer: a read may be tried again, a write may have happened', async () => {
      const { tried, call, read, write } = await ready(subject)
      tried.break(html(200))
      expect(await read()).toMatchObject({ kind: 'transient' })
      expect(await write()).toMatchObject({ kind: open(call) })
    })

    test.each(['', '{"data":{"', '{}', 'null', '[', '"x"'])('the answer %j is none', async (body) => {
      const { tried, call, write } = await ready(subject)
      tried.break(answer(200, body, { 'content-type': 'application/json' }))
      expect(await write()).toMatchObject({ kind: open(call) })
      for (const topic of tried.channel.abilities.polls)
        expect(await failure(tried.pollRaw(topic)), `${topic} have not all been seen`).toMatchObject({
          kind: 'transient',
        })
      expect(await failure(tried.during(tried.channel.subscriptions.audit()))).toMatchObject({ kind: 'transient' })
    })

    test('a redirect is never followed', async () => {
      const { tried, read, write } = await ready(subject)
      tried.break(answer(302, '', { location: 'https://elsewhere.example/steal' }))
      expect(await read()).toMatchObject({ kind: 'rejected' })
      expect(await write()).toMatchObject({ kind: 'rejected' })
      expect(tried.requests.filter(({ url }) => url.includes('elsewhere'))).toEqual([])
    })

    test('a dark shop: nothing is done, and all is well afterwards', async () => {
      const { tried, call, read, write } = await ready(subject)
      tried.shop.setDark(true)
      expect(await read()).toMatchObject({ kind: 'transient' })
      expect(['transient', 'throttled', open(call)]).toContain((await write()).kind)
      tried.shop.setDark(false)
      expect((await tried.during(tried.channel.write(call))).rows).toMatchObject([{ ok: true }])
      expect(tried.shop.shelf().get('MUG')).toBe(3)
    })

    test('every failure is a sentence for people, without a secret in it', async () => {
      const { tried, read, write } = await ready(subject)
      const faults: Fault[] = [
        { kind: 'reset' },
        { kind: 'refused' },
        ...[200, 302, 400, 401, 403, 404, 418, 429, 500, 503].map((status) => html(status)),
        ...[400, 401, 403, 404, 422].map((status) => answer(status, '{"code":1,"message":"no","errors":"no"}')),
      ]
      const secrets = secretsOf(tried.credentials())
      expect(secrets).not.toEqual([])
      for (const fault of faults) {
        tried.break(fault)
        for (const error of [await read(), await write()]) {
          expect(error.message).toMatch(/\S+ \S+/)
          expect(leaks(error, secrets), inspect(fault)).toEqual([])
        }
      }
    })
  })

  describe('good manners', () => {
    async function busy(tried: Trial): Promise<void> {
      await tried.during(tried.channel.subscriptions.repair())
      await tried.during(tried.channel.subscriptions.audit())
      const { id, register } = await listingOf(tried, 'MUG')
      const order = await readyOrder(tried, 'MUG', 1)
      bought(tried, 'POT', 1)
      for (const topic of tried.channel.abilities.polls) await tried.pollRaw(topic)
      await tried.fetchRaw({ kind: 'orders', ids: [order.id] })
      await tried.fetchRaw({ kind: 'parcels', ids: [order.id] })
      await tried.fetchRaw({ kind: 'listings', ids: [id] })
      await tried.fetchRaw({ kind: 'stock', ids: [register] })
      await tried.fetchRaw({ kind: 'references', ids: ['onhand:a:1'] })
      await tried.write({ kind: 'stock', ops: [{ kind: 'set', register, to: 3 }] })
    }

    test('requests go nowhere but to the origins of the account', async () => {
      const tried = trial(subject)
      await busy(tried)
      expect(tried.requests).not.toEqual([])
      for (const { url } of tried.requests) expect(tried.origins).toContain(new URL(url).origin)
    })

    test('every request outside of a write has asked for its place at the rate limit, and every answer is told', async () => {
      const tried = trial(subject)
      await busy(tried)
      const outside = tried.requests.filter(({ isWrite }) => !isWrite).length
      expect(tried.pacer.admitted).toBeGreaterThanOrEqual(outside)
      expect(tried.pacer.accepted).toBe(tried.requests.length)
      expect(tried.pacer.throttled).toEqual([])
    })

    test('no secret is in what is kept', async () => {
      const tried = trial(subject)
      await tried.during(tried.channel.subscriptions.repair())
      bought(tried, 'MUG', 1)
      const secrets = secretsOf(tried.credentials())
      for (const topic of tried.channel.abilities.polls)
        for (const raw of await tried.pollRaw(topic)) expect(leaks(raw, secrets)).toEqual([])
    })
  })
}

/** Which of the secrets can be found in a thing, causes and hidden properties included. */
function leaks(thing: ChannelError | object, secrets: readonly string[]): string[] {
  const shown = inspect(thing, { depth: 12, showHidden: true, maxStringLength: null, maxArrayLength: null })
  return secrets.filter((secret) => shown.includes(secret) || shown.includes(encodeURIComponent(secret)))
}
