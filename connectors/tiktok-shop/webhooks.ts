/** TikTok Shop's webhooks: who sent it, which event it is, and what it hints at. Edge-safe, no network. */

import type { RawRequest, Reading, Verdict, Wanted } from '../../src/channel.ts'
import { asId } from '../../src/domain.ts'
import { digests } from '../digest.ts'
import { parseJson } from '../json.ts'

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** An id as text; `parseJson` has already kept the digits of numbers that a float cannot hold. */
function idOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value
  return typeof value === 'number' && Number.isInteger(value) ? String(value) : undefined
}

function parseFields(body: string): Fields | undefined {
  try {
    const value = parseJson(body)
    return isFields(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The inventory event (68) is documented without an envelope: no type, no shop_id, no data. */
const isFlatInventoryEvent = (fields: Fields): boolean =>
  fields.type === undefined && fields.event_id !== undefined && fields.sku_id !== undefined

function typeOf(fields: Fields): string | undefined {
  return idOf(fields.type) ?? (isFlatInventoryEvent(fields) ? '68' : undefined)
}

/** The shop an app-wide webhook says it is about; undefined when it does not say (type 68, the FBT topics). */
export function shopOf(raw: RawRequest): string | undefined {
  const fields = parseFields(new TextDecoder().decode(raw.body))
  return fields && idOf(fields.shop_id)
}

function shopTimeOf(fields: Fields): number | undefined {
  if (typeof fields.timestamp === 'number') return fields.timestamp * 1000
  const occurred = typeof fields.occurred_at === 'string' ? Date.parse(fields.occurred_at) : Number.NaN
  return Number.isFinite(occurred) ? occurred : undefined
}

const refused = (reason: string): Verdict => ({ ok: false, status: 401, reason })

/** `authorization: lower_hex(HMAC_SHA256(app_secret, app_key + raw body))`, without a scheme in front. */
async function isSigned(raw: RawRequest, app: { appKey: string; appSecret: string }): Promise<boolean> {
  const given = raw.headers.authorization ?? ''
  if (!/^[0-9a-f]{64}$/.test(given) || !app.appKey || !app.appSecret) return false
  const prefix = new TextEncoder().encode(app.appKey)
  const message = new Uint8Array(prefix.length + raw.body.length)
  message.set(prefix)
  message.set(raw.body, prefix.length)
  const signature = Uint8Array.from(given.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
  return await digests.isSigned(app.appSecret, signature, message)
}

/**
 * What the door makes of a request. The signature carries no time, so a recorded request can be replayed:
 * it is then the same key, and only a hint in any case.
 */
export async function verifyWebhook(
  raw: RawRequest,
  app: { readonly appKey: string; readonly appSecret: string; readonly shop: string },
): Promise<Verdict> {
  if (!(await isSigned(raw, app))) return refused('the authorization header does not sign this body')
  const fields = parseFields(new TextDecoder().decode(raw.body))
  const shop = fields && idOf(fields.shop_id)
  if (shop !== undefined && shop !== app.shop) return refused(`it is about shop ${shop}, not about this one`)
  const topic = `type-${(fields && typeOf(fields)) ?? 'unknown'}`
  const notification = fields && (idOf(fields.tts_notification_id) ?? idOf(fields.event_id))
  const key = notification ?? `${topic}/${await digests.sha256Hex(raw.body)}`
  const shopTime = fields && shopTimeOf(fields)
  return { ok: true, stored: true, topic, key, ...(shopTime === undefined ? {} : { shopTime }) }
}

// ---------------------------------------------------------------- what it hints at

/** At most this many ids in one wanted list: TikTok takes 50 order ids per call. */
const idsPerHint = 50

function hints(kind: 'orders' | 'parcels' | 'listings' | 'stock', ids: readonly string[]): Reading[] {
  const unique = [...new Set(ids)]
  const readings: Reading[] = []
  for (let at = 0; at < unique.length; at += idsPerHint) {
    const part = unique.slice(at, at + idsPerHint)
    readings.push({ kind: 'hint', wanted: wantedOf(kind, part) })
  }
  return readings
}

function wantedOf(kind: 'orders' | 'parcels' | 'listings' | 'stock', ids: readonly string[]): Wanted {
  if (kind === 'listings') return { kind, ids: ids.map((id) => asId<'listing'>(id)) }
  if (kind === 'stock') return { kind, ids: ids.map((id) => asId<'register'>(id)) }
  return { kind, ids: ids.map((id) => asId<'order'>(id)) }
}

const listIn = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.filter(isFields) : [])
const idsIn = (value: unknown): string[] => (Array.isArray(value) ? value.flatMap((id) => idOf(id) ?? []) : [])

/** Every order an event names, whichever of the documented places it names it in. */
function ordersNamed(data: Fields): string[] {
  const direct = [idOf(data.order_id), idOf(data.main_order_id)]
  const lines = listIn(data.line_items).flatMap((line) => [idOf(line.main_order_id), idOf(line.order_id)])
  const packages = listIn(data.package_list).flatMap((each) => idsIn(each.order_id_list))
  const found = [...direct, ...lines, ...packages].flatMap((id) => id ?? [])
  return [...found, ...idsIn(data.order_ids)]
}

const wantOrders = (data: Fields): Reading[] => hints('orders', ordersNamed(data))
const wantOrdersAndParcels = (data: Fields): Reading[] => [...wantOrders(data), ...hints('parcels', ordersNamed(data))]
/** Only the product is named; the fetch brings all its skus. */
const wantListings = (data: Fields): Reading[] =>
  hints(
    'listings',
    [idOf(data.product_id)].flatMap((id) => id ?? []),
  )

/** No warehouse is named; the fetch brings all of the sku's. */
function wantStock(data: Fields): Reading[] {
  const product = idOf(data.product_id)
  const sku = idOf(data.sku_id)
  return product && sku ? hints('stock', [`${product}/${sku}`]) : []
}

const messageIn = (data: Fields, otherwise: string): string =>
  typeof data.message === 'string' && data.message ? data.message : otherwise

/** Type numbers by the titles of their documentation pages. They are sparse; all others are counted and dropped. */
const readers: Readonly<Record<string, (data: Fields) => Reading[]>> = {
  // order status, recipient address (the address itself is not in the event)
  '1': wantOrders,
  '3': wantOrders,
  // package update: combined, split, address
  '4': wantOrdersAndParcels,
  // cancellation, return, aftersales request, RMA, refund
  '11': wantOrders,
  '12': wantOrders,
  '64': wantOrders,
  '65': wantOrders,
  '67': wantOrders,
  // product status, information, creation, audit, sku status
  '5': wantListings,
  '15': wantListings,
  '16': wantListings,
  '37': wantListings,
  '50': wantListings,
  // low-stock alert, inventory changed
  '27': wantStock,
  '68': wantStock,
  '6': (data) => [
    { kind: 'connection', event: 'uninstalled', message: messageIn(data, 'The seller removed the authorization.') },
  ],
  '7': (data) => [
    { kind: 'connection', event: 'expiring', message: messageIn(data, 'The authorization expires soon.') },
  ],
}

/** The 2026 returns model: where these two name their order is not documented, so finding none is no fault. */
const mayNameNothing = new Set(['64', '65'])

/** Pure; never throws. Webhooks are hints: nothing is taken from them but which thing to read again. */
export function interpretWebhook(body: string): Reading[] {
  const fields = parseFields(body)
  if (!fields) return [{ kind: 'unreadable', reason: 'The webhook body is not a JSON object.' }]
  const type = typeOf(fields)
  const read = type !== undefined && Object.hasOwn(readers, type) ? readers[type] : undefined
  if (type === undefined || !read) return [{ kind: 'ignored', reason: `webhook type ${type ?? 'missing'}` }]
  // The flat form of 68 is its own data.
  const readings = read(isFields(fields.data) ? fields.data : fields)
  if (readings.length > 0) return readings
  if (mayNameNothing.has(type)) return [{ kind: 'ignored', reason: `webhook type ${type} names no order` }]
  return [{ kind: 'unreadable', reason: `The webhook of type ${type} does not name what changed.` }]
}
