/** The battery's part on webhooks: who may knock, what names an event, what a knock asks for. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RawRequest, Verdict } from '../../src/channel.ts'
import { type Credentials, deliver, open } from './stand.ts'
import { bought, ordersIn, type Subject, type Trial, trial } from './subject.ts'

/** A shop that has told of one sale. */
async function told(subject: Subject, sales = 1) {
  const tried = trial(subject)
  await tried.during(tried.channel.subscriptions.repair())
  await tried.clock.advance(60_000)
  const before = tried.mail.length
  const orders: string[] = []
  for (let i = 0; i < sales; i++) {
    orders.push(bought(tried, 'MUG', 1))
    await tried.clock.advance(60_000)
  }
  const mail = tried.mail.slice(before)
  const [first] = mail
  if (!first) throw new Error('The shop sent no webhook of a sale.')
  return { tried, mail, first, orders }
}

const isRefused = (verdict: Verdict) => !verdict.ok && (verdict.status === 401 || verdict.status === 400)
/** A request may be thrown away, but what it says must not be believed. */
const isBelieved = (verdict: Verdict) => verdict.ok && verdict.stored

function changed(value: unknown): unknown {
  if (typeof value === 'string') return `${value}x`
  if (Array.isArray(value) || typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, changed(each)]))
}
const otherSecrets = (credentials: Credentials): Credentials =>
  Object.fromEntries(Object.entries(credentials).map(([key, value]) => [key, changed(value)]))

const withByte = (body: Uint8Array, at: number, by: number): Uint8Array =>
  body.map((byte, index) => (index === at ? (byte + by) % 256 : byte))

export function doorBattery(subject: Subject): void {
  describe('the webhook door', () => {
    test('believes what the shop signed', async () => {
      const { tried, mail } = await told(subject)
      for (const raw of mail) {
        const verdict = await tried.channel.verify(raw)
        expect(verdict).toMatchObject({ ok: true, stored: true })
        if (!verdict.ok || !verdict.stored) continue
        expect(verdict.topic).not.toBe('')
        expect(verdict.key).not.toBe('')
        if (verdict.shopTime !== undefined) expect(Math.abs(verdict.shopTime - tried.clock.now())).toBeLessThan(600_000)
      }
    })

    test('refuses a body with one byte changed, wherever it is', async () => {
      const { tried, first } = await told(subject)
      await fc.assert(
        fc.asyncProperty(fc.nat(first.body.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
          expect(isRefused(await tried.channel.verify({ ...first, body: withByte(first.body, at, by) }))).toBe(true)
        }),
      )
    })

    test('refuses a body that ends early or is empty', async () => {
      const { tried, first } = await told(subject)
      for (const length of [0, 1, Math.floor(first.body.length / 2), first.body.length - 1])
        expect(isRefused(await tried.channel.verify({ ...first, body: first.body.slice(0, length) }))).toBe(true)
    })

    test('refuses another secret', async () => {
      const { tried, first } = await told(subject)
      const stranger = open(tried, otherSecrets(tried.credentials()))
      expect(await stranger.channel.verify(first)).toMatchObject({ ok: false, status: 401 })
    })

    test('refuses what lacks its headers, and one of them is the signature', async () => {
      const { tried, first } = await told(subject)
      expect(isRefused(await tried.channel.verify({ ...first, headers: {} }))).toBe(true)
      const verdicts = new Map<string, Verdict>()
      for (const name of Object.keys(first.headers)) {
        const { [name]: _, ...headers } = first.headers
        verdicts.set(name, await tried.channel.verify({ ...first, headers }))
      }
      expect([...verdicts.values()].filter(isRefused)).not.toEqual([])
      for (const [name, verdict] of verdicts)
        if (/sign|hmac|authorization/.test(name)) expect(isBelieved(verdict), name).toBe(false)
    })

    test('never throws and never believes garbage', async () => {
      const { tried, first } = await told(subject)
      const header = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.base64String())
      const headers = fc.dictionary(fc.constantFrom(...Object.keys(first.headers)), header)
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), headers, async (body, given) => {
          const raw: RawRequest = { method: 'POST', path: first.path, headers: given, body }
          expect(isBelieved(await tried.channel.verify(raw))).toBe(false)
          expect(isBelieved(await tried.channel.verify({ ...raw, headers: { ...first.headers, ...given } }))).toBe(
            false,
          )
          tried.connector.shopOf(raw)
        }),
      )
    })

    test('gives a repeated event the same key and every other event another', async () => {
      const noisy = trial(subject, { chaos: { medianDelayMs: 0, spread: 0, lost: 0, doubled: 1 } })
      await noisy.during(noisy.channel.subscriptions.repair())
      await noisy.clock.advance(60_000)
      const before = noisy.mail.length
      for (let i = 0; i < 3; i++) {
        bought(noisy, 'MUG', 1)
        await noisy.clock.advance(60_000)
      }
      const bodies = new Map<string, string[]>()
      for (const raw of noisy.mail.slice(before)) {
        const verdict = await noisy.channel.verify(raw)
        if (!verdict.ok || !verdict.stored) throw new Error('refused')
        bodies.set(verdict.key, [...(bodies.get(verdict.key) ?? []), text(raw)])
      }
      expect(bodies.size).toBeGreaterThanOrEqual(3)
      for (const [key, sent] of bodies) {
        expect(sent, key).toHaveLength(2)
        expect(new Set(sent).size, key).toBe(1)
      }
    })

    test('hints at what a fetch then brings: the order, and what it took', async () => {
      const { tried, mail, orders } = await told(subject)
      const found = await followed(tried, mail)
      const [order] = ordersIn(found).filter(({ id }) => id === orders[0])
      expect(order).toMatchObject({ id: orders[0], lines: [{ sku: 'MUG', quantity: 1, takenUnits: 1 }] })
    })
  })
}

const text = (raw: RawRequest) => new TextDecoder().decode(raw.body)

/** Reads the webhooks and does what they ask for. */
async function followed(tried: Trial, mail: readonly RawRequest[]) {
  const found = []
  for (const raw of mail) {
    const verdict = await tried.channel.verify(raw)
    if (!verdict.ok || !verdict.stored) throw new Error('refused')
    const { topic, key } = verdict
    for (const reading of tried.channel.interpret(deliver({ source: 'webhook', topic, key, body: text(raw) }))) {
      if (reading.kind === 'hint') found.push(...(await tried.fetched(reading.wanted)))
    }
  }
  return found
}
