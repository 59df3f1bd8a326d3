/** The battery's part on webhook subscriptions: repaired once, missed when gone, others' left alone. */

import { describe, expect, test } from 'vitest'
import { bought, type Subject, skilled, type Trial, trial } from './subject.ts'

const audit = ({ during, channel }: Trial) => during(channel.subscriptions.audit())
const repair = ({ during, channel }: Trial) => during(channel.subscriptions.repair())

export function subscriptionsBattery(subject: Subject): void {
  describe('subscriptions', () => {
    test('are all missing at first, and all there after a repair', async () => {
      const tried = trial(subject)
      const wanted = [...tried.channel.subscriptions.wanted()]
      expect(wanted).not.toEqual([])
      expect(await audit(tried)).toEqual({ found: [], missing: wanted, broken: [] })
      await repair(tried)
      const { found, missing, broken } = await audit(tried)
      expect([new Set(found), missing, broken]).toEqual([new Set(wanted), [], []])
      expect(new Set(tried.shop.subscriptions().map(({ url }) => url))).toEqual(new Set([tried.webhookUrl]))
    })

    test('are not doubled by a second repair', async () => {
      const tried = trial(subject)
      await repair(tried)
      const before = tried.shop.subscriptions()
      await repair(tried)
      expect(tried.shop.subscriptions()).toEqual(before)
      await tried.clock.advance(60_000)
      const sent = tried.mail.length
      bought(tried, 'MUG', 1)
      await tried.clock.advance(60_000)
      const keys = []
      for (const raw of tried.mail.slice(sent)) {
        const verdict = await tried.channel.verify(raw)
        keys.push(verdict.ok && verdict.stored ? verdict.key : '')
      }
      expect(new Set(keys).size).toBe(keys.length)
    })

    test('that somebody removed are missed, and come back', async () => {
      const tried = trial(subject)
      await repair(tried)
      const [topic = ''] = tried.channel.subscriptions.wanted()
      tried.shop.unsubscribe(tried.shop.subscriptions()[0]?.topic ?? '')
      const { missing, found } = await audit(tried)
      expect(missing).toHaveLength(1)
      expect(found).not.toContain(missing[0])
      await repair(tried)
      expect(await audit(tried)).toMatchObject({ missing: [], broken: [] })
      expect(tried.channel.subscriptions.wanted()).toContain(topic)
    })

    skilled(subject, 'manySubscribers', 'of other apps are neither ours nor touched', async () => {
      const tried = trial(subject)
      await repair(tried)
      const [first] = tried.shop.subscriptions()
      const foreign = { topic: first?.topic ?? '', url: 'https://another-app.example/hooks' }
      tried.shop.unsubscribe(foreign.topic)
      tried.shop.subscribe(foreign)
      expect((await audit(tried)).missing).toHaveLength(1)
      await repair(tried)
      expect(await audit(tried)).toMatchObject({ missing: [], broken: [] })
      expect(tried.shop.subscriptions()).toContainEqual(foreign)
    })
  })
}
