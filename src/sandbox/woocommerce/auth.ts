/** Who a request is from: keys in Basic or the query over TLS, OAuth 1.0a one-legged anywhere. */

import { createHmac } from 'node:crypto'
import type { ApiKey } from './options.ts'
import type { Query } from './query.ts'
import { RestError } from './rest-error.ts'

/** Clock skew that a signature survives, and how long its nonce is remembered. */
const windowSeconds = 15 * 60

export interface AuthRequest {
  readonly method: string
  readonly url: URL
  readonly query: Query
  readonly authorization: string | undefined
  /** Pairs of a form-encoded body: signed, unlike JSON. */
  readonly form: readonly (readonly [string, string])[]
}

export interface AuthRules {
  /** Read for every request: the approval page makes and takes back keys. */
  keys(): readonly ApiKey[]
  readonly requireTls: boolean
  /** Read for every request: it may become known late. */
  home(): string
  readonly homeFromRequest: boolean
  nowSeconds(): number
}

const refused = (message: string, code = 'woocommerce_rest_authentication_error') => new RestError(401, code, message)

/** RFC 3986: encodeURIComponent leaves five characters that PHP's rawurlencode does not. */
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function basicPair(authorization: string | undefined): [string, string] | undefined {
  if (!authorization || !/^basic /i.test(authorization)) return undefined
  const text = Buffer.from(authorization.slice(6).trim(), 'base64').toString('utf8')
  const at = text.indexOf(':')
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

function headerPairs(authorization: string | undefined): [string, string][] {
  if (!authorization || !/^oauth /i.test(authorization)) return []
  return [...authorization.slice(6).matchAll(/([A-Za-z0-9_]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [
    decode(key),
    decode(value),
  ])
}

const byteOrder = ([a]: readonly [string, string], [b]: readonly [string, string]) =>
  Buffer.compare(Buffer.from(a), Buffer.from(b))

/** What OAuth 1.0a signs. Keys are sorted raw, then everything is encoded, joined, and encoded again. */
export function baseString(method: string, address: string, pairs: readonly (readonly [string, string])[]): string {
  const joined = pairs
    .filter(([key]) => key !== 'oauth_signature')
    .toSorted(byteOrder)
    .map(([key, value]) => `${encode(key)}=${encode(value)}`)
    .join('&')
  return `${method}&${encode(address)}&${encode(joined)}`
}

const oauthNames = ['oauth_consumer_key', 'oauth_timestamp', 'oauth_nonce', 'oauth_signature', 'oauth_signature_method']

/** Returns the key a request was made with, undefined for nobody; throws a 401 for one that is wrong. */
export function createAuth(rules: AuthRules): (request: AuthRequest) => ApiKey | undefined {
  const keys = { get: (name: string) => rules.keys().find((key) => key.consumerKey === name) }
  const nonces = new Map<string, Map<string, number>>()

  /** An unknown key is nobody, a known one with a wrong secret is an error. */
  function byKeys(request: AuthRequest): ApiKey | undefined {
    const query: [string, string] = [
      request.query.get('consumer_key') ?? '',
      request.query.get('consumer_secret') ?? '',
    ]
    const [name, secret] = query[0] && query[1] ? query : (basicPair(request.authorization) ?? ['', ''])
    const key = keys.get(name)
    if (key && key.consumerSecret !== secret) throw refused('Consumer secret is invalid.')
    return key
  }

  function addresses({ url }: AuthRequest): string[] {
    const hosts = [new URL(rules.home()).host, ...(rules.homeFromRequest ? [url.host] : [])]
    return hosts.map((host) => `${url.protocol}//${host}${decode(url.pathname)}`)
  }

  function spendNonce(key: string, nonce: string, timestamp: number): void {
    const spent = nonces.get(key) ?? new Map<string, number>()
    nonces.set(key, spent)
    const now = rules.nowSeconds()
    if (!Number.isFinite(timestamp) || Math.abs(now - timestamp) > windowSeconds) throw refused('Invalid timestamp.')
    for (const [old, at] of spent) {
      if (now - at <= windowSeconds) break
      spent.delete(old)
    }
    if (spent.has(nonce)) throw refused('Invalid nonce - nonce has already been used.')
    spent.set(nonce, now)
  }

  function byOauth(request: AuthRequest): ApiKey | undefined {
    const pairs = [...request.query.pairs, ...headerPairs(request.authorization), ...request.form]
    const given = new Map(pairs.filter(([key]) => oauthNames.includes(key)))
    const missing = oauthNames.filter((name) => !given.get(name))
    if (missing.length === oauthNames.length) return undefined
    const word = missing.length > 1 ? 'parameters' : 'parameter'
    if (missing.length > 0)
      throw refused(`Missing OAuth ${word} ${missing.join(', ')}`, 'woocommerce_rest_authentication_missing_parameter')
    const key = keys.get(given.get('oauth_consumer_key') ?? '')
    if (!key) throw refused('Consumer key is invalid.')
    const hash = { 'HMAC-SHA1': 'sha1', 'HMAC-SHA256': 'sha256' }[given.get('oauth_signature_method') ?? '']
    if (!hash) throw refused('Invalid signature - signature method is invalid.')
    const isSigned = addresses(request).some((address) => {
      const text = baseString(request.method, address, pairs)
      return createHmac(hash, `${key.consumerSecret}&`).update(text).digest('base64') === given.get('oauth_signature')
    })
    if (!isSigned) throw refused('Invalid signature - provided signature does not match.')
    spendNonce(key.consumerKey, given.get('oauth_nonce') ?? '', Number(given.get('oauth_timestamp')))
    return key
  }

  return (request) => {
    const overTls = request.url.protocol === 'https:' || !rules.requireTls
    return (overTls ? byKeys(request) : undefined) ?? byOauth(request)
  }
}

/** A key without the right is refused as badly authenticated, with 401 and not 403. */
export function checkRights(key: ApiKey, method: string): void {
  const writes = method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS'
  if (writes && key.permissions === 'read') throw refused('The API key provided does not have write permissions.')
  if (!writes && key.permissions === 'write') throw refused('The API key provided does not have read permissions.')
}
