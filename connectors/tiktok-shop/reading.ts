/** The small machinery of reading: pages, batches that survive one bad id, and raw deliveries. */

import type { RawDelivery } from '../../src/channel.ts'
import { ChannelError } from '../../src/errors.ts'
import { isGatewayCode, Refusal } from './errors.ts'
import { sha256Hex } from './sign.ts'

/** Nothing in this API is older; a smaller cursor only costs requests. */
export const earliestSecond = Date.UTC(2020, 0, 1) / 1000

export function chunks<T>(items: readonly T[], size: number): T[][] {
  const parts: T[][] = []
  for (let at = 0; at < items.length; at += size) parts.push(items.slice(at, at + size))
  return parts
}

/** Equal text has an equal key: the same state polled twice is one delivery. */
export const keyed = async (prefix: string, body: string): Promise<string> =>
  `${prefix}/${(await sha256Hex(body)).slice(0, 32)}`

export function raw(
  source: 'fetch' | 'poll',
  topic: string,
  key: string,
  body: string,
  times: { readonly startedAt: number; readonly shopSecond?: number | undefined },
): RawDelivery {
  const shopTime = times.shopSecond === undefined ? {} : { shopTime: times.shopSecond * 1000 }
  return { source, topic, key, body, fetchStartedAt: times.startedAt, ...shopTime }
}

export interface RefusedId {
  readonly id: string
  readonly error: Refusal
}

/** Becomes a visible problem beside the answers for the other ids. */
export const refusedDelivery = (
  source: 'fetch' | 'poll',
  what: string,
  { id, error }: RefusedId,
  startedAt: number,
): RawDelivery =>
  raw(source, 'refused', `${what}/${id}/refused/${startedAt}`, JSON.stringify({ id, reason: error.message }), {
    startedAt,
  })

/**
 * Asks for all ids at once; when TikTok refuses the batch, for its halves, so that one bad id does not hide the others.
 * Fails as TikTok did when nothing was answered, or when the refusal is not about an id.
 */
export async function inParts<A>(
  ids: readonly string[],
  ask: (part: readonly string[]) => Promise<A>,
): Promise<{ answered: { part: readonly string[]; answer: A }[]; refused: RefusedId[] }> {
  const answered: { part: readonly string[]; answer: A }[] = []
  const refused: RefusedId[] = []
  async function visit(part: readonly string[]): Promise<void> {
    try {
      answered.push({ part, answer: await ask(part) })
    } catch (error) {
      if (!isAboutAnId(error)) throw error
      const [only] = part
      if (part.length === 1 && only !== undefined) refused.push({ id: only, error })
      else for (const half of chunks(part, Math.ceil(part.length / 2))) await visit(half)
    }
  }
  if (ids.length > 0) await visit(ids)
  const [first] = refused
  if (first && answered.length === 0) throw first.error
  return { answered, refused }
}

/** Asks for one id after the other; a refused one does not hide the others. Fails as TikTok did when none was answered. */
export async function oneByOne<A>(
  ids: readonly string[],
  ask: (id: string) => Promise<A>,
): Promise<{ answered: A[]; refused: RefusedId[] }> {
  const answered: A[] = []
  const refused: RefusedId[] = []
  for (const id of ids) {
    try {
      answered.push(await ask(id))
    } catch (error) {
      if (!isAboutAnId(error)) throw error
      refused.push({ id, error })
    }
  }
  const [first] = refused
  if (first && answered.length === 0) throw first.error
  return { answered, refused }
}

/** Refused for what was asked, not for who asks or how. */
export const isAboutAnId = (error: unknown): error is Refusal =>
  error instanceof Refusal && error.kind === 'rejected' && !isGatewayCode(error.code)

/** Walks pages to the end. A token that comes back a second time would walk for ever. */
export async function* pages<P extends { readonly data: { readonly next_page_token?: string | undefined } }>(
  ask: (pageToken: string | undefined) => Promise<P>,
): AsyncGenerator<P> {
  const seen = new Set<string>()
  let token: string | undefined
  do {
    const page = await ask(token)
    yield page
    token = page.data.next_page_token
    if (token !== undefined && seen.has(token))
      throw new ChannelError('transient', 'TikTok Shop gave the same page token twice.')
    if (token !== undefined) seen.add(token)
  } while (token !== undefined)
}
