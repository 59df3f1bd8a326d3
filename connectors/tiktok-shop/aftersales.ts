/** Cancellations and returns, which TikTok Shop keeps beside the orders they are about: found by order and by time of change. */

import type { ZodType } from 'zod'
import type { RawDelivery, Urgency } from '../../src/channel.ts'
import type { Clock } from '../../src/clock.ts'
import type { Client } from './client.ts'
import { Refusal, scopeMissing } from './errors.ts'
import { topics } from './mapping.ts'
import { pages, raw } from './reading.ts'
import { type Claim, cancellationPage, type OrderShell, returnPage } from './types.ts'

/** The most that both take; returns take no fewer than 10. */
const pageSize = '50'
const dayMs = 86_400_000

interface ClaimPage {
  readonly claims: readonly Claim[]
  readonly next_page_token: string | undefined
}

interface Kind {
  /** The field of the answer, and of the order's body. */
  readonly field: 'cancellations' | 'return_orders'
  readonly path: string
  readonly answer: ZodType<ClaimPage>
}

const kinds = {
  cancellations: {
    field: 'cancellations',
    path: '/return_refund/202309/cancellations/search',
    answer: cancellationPage.transform(({ cancellations: claims, next_page_token }) => ({ claims, next_page_token })),
  },
  returns: {
    field: 'return_orders',
    path: '/return_refund/202309/returns/search',
    answer: returnPage.transform(({ return_orders: claims, next_page_token }) => ({ claims, next_page_token })),
  },
} satisfies Record<string, Kind>

/** Nothing that was not handed over can be sent back; a word that is not known may be later than that. */
const beforeReturns = new Set(['UNPAID', 'ON_HOLD', 'AWAITING_SHIPMENT', 'CANCELLED', 'CANCEL'])

/** What stands beside an order's own fields. */
export type Beside = Partial<Record<Kind['field'], readonly Claim[]>>

export interface Aftersales {
  /** What belongs to each of these orders, by id; `named` asks for both whatever the order itself says. */
  of(
    orders: readonly OrderShell[],
    named: ReadonlySet<string>,
    urgency: Urgency,
  ): Promise<{ beside: ReadonlyMap<string, Beside>; problems: RawDelivery[] }>
  /** Orders with a cancellation or return that changed at or after this second. */
  changedSince(second: number): Promise<{ orders: ReadonlySet<string>; problems: RawDelivery[] }>
}

export function createAftersales(client: Client, clock: Clock): Aftersales {
  const page = (kind: Kind, body: Record<string, unknown>, urgency: Urgency, pageToken: string | undefined) =>
    client.call({
      method: 'POST',
      path: kind.path,
      query: {
        page_size: pageSize,
        sort_field: 'update_time',
        sort_order: 'ASC',
        ...(pageToken ? { page_token: pageToken } : {}),
      },
      body,
      answer: kind.answer,
      repeatable: true,
      urgency,
    })

  /** An app that may not read these still has to bring the orders: they take stock. People are told once a day. */
  async function search(kind: Kind, body: Record<string, unknown>, urgency: Urgency) {
    const claims: Claim[] = []
    try {
      for await (const { data } of pages((token) => page(kind, body, urgency, token))) claims.push(...data.claims)
    } catch (error) {
      if (!(error instanceof Refusal) || (error.kind !== 'rejected' && error.code !== scopeMissing)) throw error
      return { claims, problems: [problemOf(kind, error)] }
    }
    return { claims, problems: [] }
  }

  function problemOf({ field }: Kind, { message }: Refusal): RawDelivery {
    const startedAt = clock.now()
    const key = `${field}/refused/${Math.floor(startedAt / dayMs)}`
    return raw('poll', topics.refused, key, JSON.stringify({ id: field, reason: message }), { startedAt })
  }

  return {
    async of(orders, named, urgency) {
      const asked = (kind: Kind, wants: (order: OrderShell) => boolean) => ({
        kind,
        ids: orders.filter((order) => named.has(order.id) || wants(order)).map(({ id }) => id),
      })
      const beside = new Map<string, Beside>()
      const problems: RawDelivery[] = []
      for (const { kind, ids } of [
        asked(kinds.cancellations, (order) => order.is_buyer_request_cancel === true),
        asked(kinds.returns, (order) => !beforeReturns.has(order.status ?? '')),
      ]) {
        if (ids.length === 0) continue
        const found = await search(kind, { order_ids: ids }, urgency)
        problems.push(...found.problems)
        for (const [id, claims] of Map.groupBy(found.claims, (claim) => claim.order_id))
          beside.set(id, { ...beside.get(id), [kind.field]: claims })
      }
      return { beside, problems }
    },
    async changedSince(second) {
      const found = [
        await search(kinds.cancellations, { update_time_ge: second }, 'normal'),
        await search(kinds.returns, { update_time_ge: second }, 'normal'),
      ]
      return {
        orders: new Set(found.flatMap(({ claims }) => claims.map((claim) => claim.order_id))),
        problems: found.flatMap(({ problems }) => problems),
      }
    },
  }
}
