/** What the merchant lets the app do, held against what Onhand needs: said before the first thing fails, and where nothing would. */

import { z } from 'zod'
import type { RawDelivery, Reading } from '../../src/channel.ts'
import type { Clock } from '../../src/clock.ts'
import type { Instant } from '../../src/domain.ts'
import { ChannelError } from '../../src/errors.ts'
import type { ShopifyClient } from './client.ts'
import { grantedScopes } from './documents.ts'
import { scopesWanted } from './install.ts'

type Scope = (typeof scopesWanted)[number]

/** What does not work without it, for people. */
const without: Readonly<Record<Scope, string>> = {
  read_products: 'listings are not found',
  read_inventory: 'shelves are not read',
  write_inventory: 'no quantity is set, so this store may sell what is gone',
  read_locations: 'the location whose stock is kept is not found',
  read_orders: 'its sales are not seen, so every other shop may sell what is gone',
  write_orders: "other shops' orders are neither made nor cancelled here",
  read_fulfillments: 'no webhook tells that a parcel has left',
  read_merchant_managed_fulfillment_orders: 'Shopify leaves open work out of its answers without a word',
  write_merchant_managed_fulfillment_orders: 'no tracking number can be told to it',
}

const answer = z.looseObject({
  currentAppInstallation: z.looseObject({ accessScopes: z.array(z.looseObject({ handle: z.string() })) }),
})
const body = z.looseObject({ missing: z.array(z.enum(scopesWanted)) })

/** Who may write may read: Shopify names the writing scope alone. */
export function missingOf(granted: readonly string[]): Scope[] {
  const has = new Set(granted.flatMap((scope) => [scope, scope.replace(/^write_/, 'read_')]))
  return scopesWanted.filter((scope) => !has.has(scope))
}

export const reasonWithout = (scope: Scope): string => `without ${scope}, ${without[scope]}`

export const scopesTopic = 'scopes'
const dayMs = 86_400_000

export function readScopes(content: unknown): Reading[] {
  const { missing } = body.parse(content)
  const message = `The Shopify app may do less than Onhand needs: ${missing.map(reasonWithout).join('; ')}. Grant it in the app's settings, then connect the store again.`
  return [{ kind: 'connection', event: 'expiring', message }]
}

export interface Scopes {
  missing(): Promise<readonly Scope[]>
  /** Asks once a day; a delivery only while something is missing. */
  notice(): Promise<RawDelivery | undefined>
}

export function createScopes(client: ShopifyClient, clock: Clock): Scopes {
  let askedAt: Instant | undefined

  async function missing(): Promise<readonly Scope[]> {
    const { data } = await client.read(grantedScopes, {}, answer)
    return missingOf(data.currentAppInstallation.accessScopes.map(({ handle }) => handle))
  }

  /** Nothing depends on the answer: when it does not come, the requests that follow fail by themselves. */
  async function asked(): Promise<readonly Scope[]> {
    const startedAt = clock.now()
    try {
      const found = await missing()
      askedAt = startedAt
      return found
    } catch (error) {
      if (!(error instanceof ChannelError) || error.kind === 'throttled') throw error
      return []
    }
  }

  return {
    missing,
    async notice() {
      const now = clock.now()
      if (askedAt !== undefined && now - askedAt < dayMs) return undefined
      const found = await asked()
      if (found.length === 0) return undefined
      return {
        source: 'poll',
        topic: scopesTopic,
        key: `scopes/${found.join('+')}/${Math.floor(now / dayMs)}`,
        body: JSON.stringify({ missing: found }),
        fetchStartedAt: now,
      }
    },
  }
}
