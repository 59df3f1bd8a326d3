/** Calls to one shop: addresses, pacing, and answers as data. */

import type { ChannelAccount, ChannelDeps, Urgency } from '../../src/channel.ts'
import { ChannelError } from '../../src/errors.ts'
import { createHttp } from '../http.ts'
import { type Reply, readReply, refusal } from './answers.ts'
import { authenticatedFetch } from './auth.ts'
import { type Query, writeQuery } from './oauth1.ts'
import type { Credentials, Settings } from './types.ts'

export type Params = Readonly<Record<string, string>>

export interface Client {
  /** Reads. Asks the pacer first unless `admitted`. */
  get(path: string, params?: Params, options?: { urgency?: Urgency; admitted?: boolean; api?: string }): Promise<Reply>
  /** Writes, once. Asks the pacer first unless `admitted`; `repeatable` only where a second time does no harm. */
  send(
    method: 'POST' | 'PUT' | 'DELETE',
    path: string,
    body: string | undefined,
    options?: { admitted?: boolean; repeatable?: boolean; api?: string; params?: Params },
  ): Promise<Reply>
  /** The data of a reply that must not be a refusal. */
  must(reply: Reply): unknown
  /** The rows of a reply that must be a list. Taking anything else for an empty one would lose changes and make doubles. */
  rows(reply: Reply): readonly Readonly<Record<string, unknown>>[]
  /** What `_fields`-like parameters cannot promise: that no cache answers. */
  readonly fresh: () => Params
}

/** A batch of 50 takes two seconds on a good host and may take many on a shared one. */
const writeTimeoutMs = 60_000
const readTimeoutMs = 30_000

export function createClient(account: ChannelAccount<Settings>, deps: ChannelDeps<Credentials>): Client {
  const base = account.origin.replace(/\/+$/, '')
  const host = new URL(base).host
  const http = createHttp({
    fetch: authenticatedFetch(account, deps),
    clock: deps.clock,
    random: deps.random,
    origins: [base],
  })

  function address(path: string, params: Params = {}, api = 'wc/v3'): string {
    const query: Query = Object.entries(params)
    return `${base}/wp-json/${api}/${path}${query.length ? `?${writeQuery(query)}` : ''}`
  }

  return {
    async get(path, params, options = {}) {
      if (!options.admitted) await deps.pace.admit(1, options.urgency ?? 'normal')
      const answer = await http({
        method: 'GET',
        url: address(path, params, options.api),
        headers: { accept: 'application/json' },
        repeatable: true,
        timeoutMs: readTimeoutMs,
      })
      return readReply(answer, { write: false, host })
    },
    async send(method, path, body, options = {}) {
      if (!options.admitted) await deps.pace.admit(1, 'normal')
      const answer = await http({
        method,
        url: address(path, options.params, options.api),
        headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body }),
        repeatable: options.repeatable ?? false,
        timeoutMs: writeTimeoutMs,
      })
      return readReply(answer, { write: !options.repeatable, host })
    },
    must(reply) {
      if (!reply.ok) throw refusal(reply, host)
      return reply.data
    },
    rows(reply) {
      if (!reply.ok) throw refusal(reply, host)
      if (!Array.isArray(reply.data))
        throw new ChannelError('transient', `${host} answered something else than the list that was asked for.`)
      return reply.data.filter((row): row is Record<string, unknown> => typeof row === 'object' && row !== null)
    },
    // An unknown parameter is ignored by the API and makes the address new to a cache.
    fresh: () => ({ onhand_read: deps.random.uuid() }),
  }
}
