/** The API version that Shopify really speaks: one that has ended is answered in a later one, without a word but its name. */

import type { RawDelivery, Reading } from '../../src/channel.ts'
import type { Instant } from '../../src/domain.ts'
import { apiVersion } from './documents.ts'

export const versionTopic = 'version'
const dayMs = 86_400_000

/** A delivery that tells of another version, once a day per version by its key; undefined while it is ours or not named. */
export function versionNotice(answered: string | undefined, now: Instant): RawDelivery | undefined {
  if (!answered || answered === apiVersion) return undefined
  return {
    source: 'poll',
    topic: versionTopic,
    key: `version/${answered}/${Math.floor(now / dayMs)}`,
    body: JSON.stringify({ asked: apiVersion, answered }),
    fetchStartedAt: now,
  }
}

export const answeredInAnother = (asked: string, answered: string): Reading => ({
  kind: 'connection',
  event: 'expiring',
  message: `Shopify answers in API version ${answered}, although Onhand asks for ${asked}. Update Onhand before the two no longer fit.`,
})

const named = /^(\d{4}-\d{2}|unstable)$/

/** Webhooks have no answer to compare with, so a version that is not ours stays with the topic: `ORDERS_UPDATED@2026-01`. */
export const topicWithVersion = (topic: string, version: string | undefined): string =>
  version && version !== apiVersion && named.test(version) ? `${topic}@${version}` : topic

export function splitTopic(text: string): { topic: string; version?: string } {
  const [topic = '', version] = text.split('@')
  return version === undefined ? { topic } : { topic, version }
}

export const sentInAnother = (version: string): Reading => ({
  kind: 'connection',
  event: 'expiring',
  message: `Shopify sends webhooks in API version ${version}, Onhand knows ${apiVersion}. They are only taken as hints, so nothing is lost yet: set the webhook version in the app's settings, or update Onhand.`,
})
