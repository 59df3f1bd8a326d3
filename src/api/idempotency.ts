/** A POST that is sent again with the same `Idempotency-Key` gets the first answer; it never acts twice. */

import { createHash } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { Db } from '../store/tables.ts'
import { type Refusal, refuse } from './refusal.ts'

/** Answers are kept this long. */
const keptMs = 24 * 3_600_000
/** A request that ended without an answer (the program was killed) holds its key no longer than this. */
const abandonedMs = 10 * 60_000
const keyLengthMax = 200

/** The status of a request that is under way. */
const underWay = 0

export type Claim =
  | { readonly kind: 'go' }
  | { readonly kind: 'again'; readonly status: number; readonly body: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

export interface Idempotency {
  /** Asks whether a request may act. After `go`, `keep` or `release` must follow. */
  claim(key: string, fingerprint: string): Promise<Claim>
  keep(key: string, status: number, body: string): Promise<void>
  /** The request did not end by its own fault: the key may be used again. */
  release(key: string): Promise<void>
}

export const fingerprintOf = (method: string, url: string, body: string): string =>
  createHash('sha256').update(`${method} ${url}\n${body}`).digest('hex')

export function createIdempotency(db: Db, clock: Clock): Idempotency {
  async function insert(key: string, fingerprint: string): Promise<boolean> {
    const now = clock.now()
    await db
      .deleteFrom('idempotency')
      .where((eb) =>
        eb.or([eb('at', '<', now - keptMs), eb.and([eb('status', '=', underWay), eb('at', '<', now - abandonedMs)])]),
      )
      .execute()
    const inserted = await db
      .insertInto('idempotency')
      .values({ key, fingerprint, status: underWay, body: '', at: now })
      .onConflict((conflict) => conflict.column('key').doNothing())
      .returning('key')
      .execute()
    return inserted.length > 0
  }

  const refused = (status: number, detail: string): Claim => ({ kind: 'refused', refusal: refuse(status, detail) })

  return {
    async claim(key, fingerprint) {
      if (key.length > keyLengthMax) return refused(422, `An Idempotency-Key has ${keyLengthMax} characters at most.`)
      if (await insert(key, fingerprint)) return { kind: 'go' }
      const found = await db.selectFrom('idempotency').selectAll().where('key', '=', key).executeTakeFirst()
      if (!found || (found.fingerprint === fingerprint && found.status === underWay))
        return refused(409, 'A request with this Idempotency-Key is under way. Ask again in a moment.')
      if (found.fingerprint !== fingerprint)
        return refused(422, 'This Idempotency-Key was used for another request. Use a new key for a new request.')
      return { kind: 'again', status: found.status, body: found.body }
    },
    async keep(key, status, body) {
      await db.updateTable('idempotency').set({ status, body, at: clock.now() }).where('key', '=', key).execute()
    },
    async release(key) {
      await db.deleteFrom('idempotency').where('key', '=', key).execute()
    },
  }
}
