/** One-legged OAuth 1.0a as WooCommerce checks it over plain HTTP, where it ignores Basic: HMAC-SHA256, parameters in the query. */

export type Query = readonly (readonly [name: string, value: string])[]

/** RFC 3986: everything but letters, digits and `-._~`. */
export const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

export const writeQuery = (query: Query): string =>
  query.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')

const byteOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * The text that is signed. `url` has no query; all query and `oauth_…` parameters are in `query`, the signature is not.
 * Pairs are encoded, sorted by the raw bytes of the key (then of the value), joined, and encoded again.
 */
export function baseString(method: string, url: string, query: Query): string {
  const pairs = query
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .toSorted((a, b) => byteOrder(a[0], b[0]) || byteOrder(a[1], b[1]))
    .map(([name, value]) => `${name}=${value}`)
  return `${method.toUpperCase()}&${encode(url)}&${encode(pairs.join('&'))}`
}

const utf8 = new TextEncoder()

/** Base64 of the HMAC-SHA256. The key is the secret and an ampersand: there is no token. */
export async function signature(text: string, consumerSecret: string): Promise<string> {
  const key = await crypto.subtle.importKey(
    'raw',
    utf8.encode(`${consumerSecret}&`),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  )
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8.encode(text)))
  return btoa(String.fromCharCode(...mac))
}

/**
 * The query with everything that authenticates it. `signedUrl` is the address as the shop's home URL spells it, whatever host
 * the request goes to. A nonce may not repeat within 15 minutes: every attempt needs a new one.
 */
export async function signQuery(input: {
  readonly method: string
  readonly signedUrl: string
  readonly query: Query
  readonly consumerKey: string
  readonly consumerSecret: string
  readonly nonce: string
  readonly timestampSeconds: number
}): Promise<Query> {
  const query: Query = [
    ...input.query,
    ['oauth_consumer_key', input.consumerKey],
    ['oauth_nonce', input.nonce],
    ['oauth_signature_method', 'HMAC-SHA256'],
    ['oauth_timestamp', String(input.timestampSeconds)],
  ]
  const signed = await signature(baseString(input.method, input.signedUrl, query), input.consumerSecret)
  return [...query, ['oauth_signature', signed]]
}
