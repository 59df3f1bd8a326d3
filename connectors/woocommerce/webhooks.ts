/** The webhook door of a WooCommerce shop: who may knock, and what a knock asks us to look at. Edge-safe. */

import type { RawRequest, Reading, Verdict, Wanted } from '../../src/channel.ts'
import { digests } from '../digest.ts'
import { parseJson } from '../json.ts'
import { listingId, orderId, registerId, type Thing } from './ids.ts'
import { readGmt } from './values.ts'

export const topics = [
  'order.created',
  'order.updated',
  'order.deleted',
  'product.created',
  'product.updated',
  'product.deleted',
] as const

const utf8 = new TextEncoder()

/**
 * Checks the signature (base64 of HMAC-SHA256 over the raw body). The key of a delivery is its topic, resource and body:
 * WooCommerce's own delivery id is one per webhook and second, so different events share it.
 */
export async function verify(raw: RawRequest, secret: string | undefined): Promise<Verdict> {
  const signature = raw.headers['x-wc-webhook-signature'] ?? ''
  if (!signature && isPing(raw)) return { ok: true, stored: false, reason: 'ping of a new webhook' }
  if (!secret) return { ok: false, status: 401, reason: 'no webhook secret is set for this account yet' }
  if (!(await isSigned(raw.body, signature, secret))) return { ok: false, status: 401, reason: 'wrong signature' }
  const topic = (raw.headers['x-wc-webhook-topic'] ?? '').toLowerCase()
  if (!/^[a-z_]+\.[a-z_]+$/.test(topic)) return { ok: false, status: 400, reason: 'no webhook topic' }
  const body = readBody(new TextDecoder().decode(raw.body))
  const shopTime = typeof body?.date_modified_gmt === 'string' ? readGmt(body.date_modified_gmt) : undefined
  return {
    ok: true,
    stored: true,
    topic,
    key: `${topic}/${idOf(body) ?? '-'}/${await hash(raw.body)}`,
    ...(shopTime === undefined ? {} : { shopTime }),
  }
}

/** Sent unsigned when a webhook is made: a form with the webhook's number and nothing else. Nothing in it can be trusted. */
function isPing(raw: RawRequest): boolean {
  if (raw.body.length > 40) return false
  return /^webhook_id=\d+$/.test(new TextDecoder().decode(raw.body).trim())
}

async function isSigned(body: Uint8Array, signature: string, secret: string): Promise<boolean> {
  const mac = fromBase64(signature)
  return mac !== undefined && (await digests.isSigned(secret, mac, body))
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (c) => c.charCodeAt(0))
  } catch {
    return undefined
  }
}

/** The first 128 bits of SHA-256, in hex: names a body. */
export async function hash(body: Uint8Array | string): Promise<string> {
  return (await digests.sha256Hex(typeof body === 'string' ? utf8.encode(body) : body)).slice(0, 32)
}

function readBody(text: string): Record<string, unknown> | undefined {
  try {
    const body = parseJson(text)
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body } : undefined
  } catch {
    return undefined
  }
}

function idOf(body: Record<string, unknown> | undefined, field = 'id'): string | undefined {
  const value = body?.[field]
  return /^[1-9]\d*$/.test(String(value)) && (typeof value === 'number' || typeof value === 'string')
    ? String(value)
    : undefined
}

const drafts = new Set(['checkout-draft', 'auto-draft'])
const shippingSigns =
  /^(_fulfillment_status|_wc_shipment_tracking_items|_postnl_order_metadata|_myparcel.*_(shipments|tracktrace)|_tracking_number)$/

/**
 * What a webhook asks us to look at. Its content is no evidence: it is built late, from caches, and may have been overtaken.
 */
export function webhookReadings(topic: string, text: string): Reading[] {
  const body = readBody(text)
  if (!body) return [{ kind: 'unreadable', reason: `a ${topic} webhook that is not a JSON object` }]
  if (body.code !== undefined && body.id === undefined) return [signedError(topic, body)]
  const id = idOf(body)
  if (!id) return [{ kind: 'unreadable', reason: `a ${topic} webhook whose id is no number` }]
  if (topic.startsWith('order.')) return orderHints(id, body)
  if (topic.startsWith('product.')) return productHints(topic, id, body)
  return [{ kind: 'ignored', reason: `topic ${topic}` }]
}

/** Deliveries are built with the rights of the user who made the webhook; what went wrong there arrives signed. */
function signedError(topic: string, body: Record<string, unknown>): Reading {
  const code = String(body.code)
  return /_invalid_id$/.test(code)
    ? { kind: 'ignored', reason: `${topic}: deleted before the webhook was sent (${code})` }
    : {
        kind: 'unreadable',
        reason: `${topic}: the shop may not read its own data for this webhook (${code}). Check that the user who owns the API key is still a shop manager.`,
      }
}

const hint = (wanted: Wanted): Reading => ({ kind: 'hint', wanted })

function orderHints(id: string, body: Record<string, unknown>): Reading[] {
  const status = typeof body.status === 'string' ? body.status : ''
  if (drafts.has(status)) return [{ kind: 'ignored', reason: `order ${id} is still a ${status}` }]
  const metas: unknown[] = Array.isArray(body.meta_data) ? body.meta_data : []
  const signs = metas.some((meta) => shippingSigns.test(String((meta as { key?: unknown } | null)?.key)))
  const left = signs || ['completed', 'shipped', 'partial-shipped', 'delivered'].includes(status)
  const ids = [orderId(id)]
  return [hint({ kind: 'orders', ids }), ...(left ? [hint({ kind: 'parcels', ids })] : [])]
}

function productHints(topic: string, id: string, body: Record<string, unknown>): Reading[] {
  const parent = idOf(body, 'parent_id')
  const thing: Thing = body.type === 'variation' && parent ? { parent, id } : { id }
  const listing = hint({ kind: 'listings', ids: [listingId(thing)] })
  // A deletion names only a number, which may be a variation's: looking it up tells.
  if (topic === 'product.deleted') return [{ kind: 'gone', of: 'listing', id: listingId(thing) }, listing]
  const owner = body.manage_stock === 'parent' && thing.parent ? { id: thing.parent } : thing
  return [listing, hint({ kind: 'stock', ids: [registerId(owner)] })]
}
