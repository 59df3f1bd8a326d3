/** Puts a shop's keys on a request, anew for every attempt, and tells the pacer what the answer said. */

import type { ChannelAccount, ChannelDeps } from '../../src/channel.ts'
import type { Fetch } from '../../src/clock.ts'
import { parseJson } from '../json.ts'
import { type Query, signQuery, writeQuery } from './oauth1.ts'
import type { Credentials, Settings } from './types.ts'

/** 508 is what shared hosts answer when an account uses too much. */
const slowDown = new Set([429, 430, 503, 508])

/**
 * A fetch that authenticates. Signing here rather than above the retries gives every attempt its own nonce.
 * Over https the keys go as Basic; over http WooCommerce ignores Basic and wants a signature.
 */
export function authenticatedFetch(account: ChannelAccount<Settings>, deps: ChannelDeps<Credentials>): Fetch {
  return async function fetchAuthenticated(request) {
    const url = new URL(request.url)
    const headers = new Headers(request.headers)
    let query: Query = [...url.searchParams]
    const { consumerKey, consumerSecret } = deps.secrets.current()
    if (url.protocol !== 'https:') {
      query = await signQuery({
        method: request.method,
        signedUrl: homeSpelling(url, account.shop),
        query,
        consumerKey,
        consumerSecret,
        nonce: deps.random.uuid(),
        timestampSeconds: Math.floor(deps.clock.now() / 1000),
      })
    } else if (account.settings.keysInQuery) {
      query = [...query, ['consumer_key', consumerKey], ['consumer_secret', consumerSecret]]
    } else headers.set('authorization', basic(consumerKey, consumerSecret))
    const search = query.length ? `?${writeQuery(query)}` : ''
    // The body is read to text: PHP behind some servers never sees a chunked one.
    const body = request.method === 'GET' ? undefined : (await request.text()) || undefined
    const signed = new Request(`${url.origin}${url.pathname}${search}`, {
      method: request.method,
      headers,
      redirect: 'manual',
      signal: request.signal,
      ...(body === undefined ? {} : { body }),
    })
    const answer = await deps.fetch(signed)
    tellPacer(answer, deps)
    return refusalNotFailure(answer)
  }
}

const basic = (key: string, secret: string): string => {
  const bytes = new TextEncoder().encode(`${key}:${secret}`)
  return `Basic ${btoa(String.fromCharCode(...bytes))}`
}

/** The shop signs with its home URL's host, not with the Host header it was asked by; only the scheme is that of the request. */
function homeSpelling(url: URL, shop: string): string {
  const home = URL.canParse(shop) ? new URL(shop) : url
  // A home of another scheme has another port: the request's own host is then the better guess.
  const host = home.protocol === url.protocol || !home.port ? home.host : url.host
  return `${url.protocol}//${host}${url.pathname}`
}

function tellPacer(answer: Response, deps: ChannelDeps<Credentials>): void {
  if (slowDown.has(answer.status)) {
    const seconds = Number(answer.headers.get('retry-after'))
    deps.pace.throttled(Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined)
  } else deps.pace.accepted()
}

/**
 * WooCommerce refuses some writes with status 500 and the number 500 as `data` (a refund that is too big): a refusal, not a
 * failure that could pass. It is handed on as 422, so that nobody retries it or wonders whether it happened.
 */
async function refusalNotFailure(answer: Response): Promise<Response> {
  if (answer.status !== 500 || !/json/.test(answer.headers.get('content-type') ?? '')) return answer
  const text = await answer.text()
  const headers = new Headers(answer.headers)
  headers.delete('content-encoding')
  headers.delete('content-length')
  return new Response(text, { status: isCodedRefusal(text) ? 422 : 500, headers })
}

function isCodedRefusal(text: string): boolean {
  try {
    const body = parseJson(text)
    if (typeof body !== 'object' || body === null || !('code' in body) || !('data' in body)) return false
    return typeof body.code === 'string' && body.code.startsWith('woocommerce_rest_') && typeof body.data === 'number'
  } catch {
    return false
  }
}
