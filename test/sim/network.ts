/** How requests travel between the program and the shops: late, refused, lost, or answered to nobody. */

import type { Clock, Random } from '../../src/clock.ts'
import type { Network, PlatformName } from '../support/world.ts'
import type { Coverage } from './scene.ts'
import type { NetworkWeather } from './weather.ts'

export interface SimNetwork {
  readonly travel: Network
  /** While it is off every request arrives at once and is answered. */
  setWeather(on: boolean): void
  /** Writes whose answer nobody heard. */
  unknownOutcomes(): number
}

interface NetworkDeps {
  readonly clock: () => Clock
  readonly random: Random
  readonly weather: NetworkWeather
  readonly coverage: Coverage
}

const slowMsMax = 8000
/** Nobody waits longer than this for an answer that does not come. */
const givesUpAfterMs = 10_000

const reset = () => new TypeError('fetch failed', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) })

/** A request that changes something in the shop. */
async function isWrite(platform: PlatformName, request: Request): Promise<boolean> {
  if (request.method === 'GET') return false
  const { pathname } = new URL(request.url)
  switch (platform) {
    case 'shopify':
      return (await request.clone().text()).includes('mutation')
    case 'woocommerce':
      return !pathname.includes('/webhooks')
    case 'tiktok-shop':
      return pathname.includes('/inventory/update') || pathname.includes('/packages') || pathname.includes('/cancel')
  }
}

export function createNetwork({ clock, random, weather, coverage }: NetworkDeps): SimNetwork {
  let isCalm = true
  let hasBegun = false
  let writes = 0
  let unknown = 0

  async function lose(kind: string): Promise<never> {
    coverage.count(`network: ${kind}`)
    await clock().sleep(random.next() * givesUpAfterMs)
    throw reset()
  }

  const travel: Network = async (platform, request, forward) => {
    coverage.count('requests')
    const writing = await isWrite(platform, request)
    if (writing && hasBegun) writes++
    const mustLose = writing && unknown === 0 && writes >= weather.unansweredWrite
    if (isCalm && !(hasBegun && mustLose)) return await forward(request)
    const isSlow = random.next() < weather.slow
    if (isSlow) coverage.count('network: slow request')
    await clock().sleep(isSlow ? random.next() * slowMsMax : random.next() * 2 * weather.latencyMs)
    const roll = random.next()
    if (mustLose || roll < weather.lostAnswers) {
      if (writing) unknown++
      // Most of what is lost had arrived.
      const arrives = random.next() < 0.7
      if (!arrives) return await lose(writing ? 'write lost on its way' : 'read lost on its way')
      const answer = await forward(request)
      if (random.next() < 0.5) return await lose(writing ? 'answer of a write lost' : 'answer of a read lost')
      coverage.count('network: 504 after the effect')
      await answer.text()
      return new Response('Gateway Timeout', { status: 504 })
    }
    const at = roll - weather.lostAnswers
    if (at < weather.lostRequests) {
      if (writing) unknown++
      return await lose(writing ? 'write lost on its way' : 'read lost on its way')
    }
    if (at < weather.lostRequests + weather.throttled) {
      coverage.count('network: 429')
      return new Response('Too Many Requests', { status: 429, headers: { 'retry-after': '1' } })
    }
    if (at < weather.lostRequests + weather.throttled + weather.serverErrors) {
      coverage.count('network: 503')
      return new Response('Service Unavailable', { status: 503 })
    }
    const answer = await forward(request)
    await clock().sleep(random.next() * weather.latencyMs)
    return answer
  }

  return {
    travel,
    setWeather(on) {
      isCalm = !on
      hasBegun = true
    },
    unknownOutcomes: () => unknown,
  }
}
