/** Every request that the client can send, held against TikTok's official OpenAPI files; and proof that this can fail. */

import { describe, expect, test } from 'vitest'
import { exchangeCode } from '../../../connectors/tiktok-shop/install.ts'
import { wantedEvents } from '../../../connectors/tiktok-shop/subscriptions.ts'
import type { Ops, Wanted } from '../../../src/channel.ts'
import { seededRandom, systemClock } from '../../../src/clock.ts'
import { asId } from '../../../src/domain.ts'
import { answerComplaints, type Overlays, requestComplaints } from './openapi.ts'
import {
  api,
  collect,
  credentials,
  expectedSign,
  failed,
  fixture,
  keys,
  ok,
  open,
  type Received,
  startAt,
} from './support.ts'

type Json = Record<string, unknown>
const order = fixture<Json & { id: string; line_items: Json[] }>('order')
const product = fixture<Json & { id: string }>('product')
const inventory = fixture<Json>('inventory')
const cancellation = fixture<Json>('cancellation')
const returned = fixture<Json>('return')

const oneOf = (words: readonly string[]) => (value: unknown) => words.includes(String(value))
const between = (least: number, most: number) => (value: unknown) => Number(value) >= least && Number(value) <= most
const idList = (most: number) => (value: unknown) =>
  Array.isArray(value) && value.length >= 1 && value.length <= most && value.every((id) => /^\d+$/.test(String(id)))
const digits = (value: unknown) => /^\d+$/.test(String(value))

const aftersales = (leastPerPage: number) => ({
  '?page_size': between(leastPerPage, 50),
  '?sort_field': oneOf(['create_time', 'update_time']),
  '?sort_order': oneOf(['ASC', 'DESC']),
  order_ids: idList(50),
  update_time_ge: between(1_500_000_000, 4_000_000_000),
})

/** Required fields, enums and ranges stand only in the descriptions of the files and on the documentation pages. */
const overlays: Overlays = {
  'POST /order/202309/orders/search': {
    source: 'descriptions of page_size, sort_field, sort_order',
    required: ['update_time_ge', '?sort_field', '?sort_order'],
    rules: {
      '?page_size': between(1, 100),
      '?sort_field': oneOf(['create_time', 'update_time']),
      '?sort_order': oneOf(['ASC', 'DESC']),
      // Seconds: milliseconds would be the year 50,000.
      update_time_ge: between(1_500_000_000, 4_000_000_000),
    },
  },
  'GET /order/202507/orders': {
    source: 'description of ids: at most 50, joined by commas',
    rules: { '?ids': (value) => idList(50)(String(value).split(',')) },
  },
  'POST /product/202502/products/search': {
    source: 'descriptions of page_size, sku_ids, update_time_ge',
    rules: {
      '?page_size': between(1, 100),
      sku_ids: idList(10),
      update_time_ge: between(1_500_000_000, 4_000_000_000),
      update_time_le: between(1_500_000_000, 4_000_000_000),
    },
  },
  'POST /product/202309/inventory/search': {
    source: 'descriptions of product_ids and sku_ids',
    rules: { product_ids: idList(100), sku_ids: idList(600) },
  },
  'POST /product/202309/products/{product_id}/inventory/update': {
    source: 'descriptions of skus; the range starts at 1 there, whether 0 is taken is not documented',
    required: ['skus[].id', 'skus[].inventory[].quantity', 'skus[].inventory[].warehouse_id'],
    rules: { 'skus[].id': digits, 'skus[].inventory[].quantity': between(0, 99_999) },
  },
  'GET /logistics/202309/delivery_options/{delivery_option_id}/shipping_providers': {
    source: 'changelog of 2026-03: EU orders need both regions',
    query: ['warehouse_region', 'buyer_region'],
    rules: {
      '?warehouse_region': (value) => /^[A-Z]{2}$/.test(String(value)),
      '?buyer_region': (value) => /^[A-Z]{2}$/.test(String(value)),
    },
  },
  'POST /fulfillment/202309/orders/{order_id}/packages': {
    source: 'page of Mark Package As Shipped',
    required: ['tracking_number', 'shipping_provider_id'],
    rules: { order_line_item_ids: idList(300), shipping_provider_id: digits },
  },
  'POST /fulfillment/202309/packages/{package_id}/ship': {
    source: 'description of self_shipment',
    required: ['self_shipment.tracking_number', 'self_shipment.shipping_provider_id'],
  },
  'POST /return_refund/202309/cancellations': {
    source: 'page of Cancel Order',
    required: ['order_id', 'cancel_reason'],
    rules: { cancel_reason: (value) => /^[a-z0-9_]+$/.test(String(value)), 'skus[].quantity': between(1, 99_999) },
  },
  'POST /return_refund/202309/cancellations/{cancel_id}/approve': {
    source: 'description of idempotency_key: at most 255 characters',
    rules: { '?idempotency_key': (value) => String(value).length <= 255 },
  },
  'POST /return_refund/202309/cancellations/search': {
    source: 'descriptions of page_size, sort_field, sort_order, update_time_ge',
    rules: aftersales(1),
  },
  'POST /return_refund/202309/returns/search': {
    source: 'descriptions of page_size, sort_field, sort_order, update_time_ge',
    rules: aftersales(10),
  },
  'PUT /event/202309/webhooks': {
    source: 'descriptions of event_type and address',
    required: ['event_type', 'address'],
    rules: {
      event_type: oneOf(wantedEvents),
      address: (value) => String(value).startsWith('https://') && String(value).length <= 255,
    },
  },
  'DELETE /event/202309/webhooks': { source: 'description of event_type', required: ['event_type'] },
}

/** A shop that keeps every request and answers so that the next one follows. */
function recordingShop() {
  const seen: Received[] = []
  const answerTo = ({ method, path, query, body }: Received): unknown => {
    if (path === '/order/202309/orders/search')
      return ok({ orders: [{ id: order.id }], next_page_token: query.page_token ? '' : 'a+b/c=' })
    if (path === '/order/202507/orders' && query.ids === '9')
      return ok({ orders: [{ ...order, id: '9', status: 'DELIVERED', is_buyer_request_cancel: true }] })
    if (path === '/order/202507/orders') return ok({ orders: [order] })
    if (path.endsWith('/cancellations/search') || path.endsWith('/returns/search'))
      return ok({ next_page_token: query.page_token ? '' : 'n' })
    if (path === '/product/202502/products/search' && body.includes('sku_ids'))
      return ok({ products: [{ ...product, id: '404', status: 'FREEZE' }], total_count: 1 })
    if (path === '/product/202502/products/search')
      return ok({ products: [product], total_count: 1, next_page_token: query.page_token ? '' : 'n' })
    if (path === '/product/202309/products/404') return failed(12052901, 'status not allowed')
    if (path.startsWith('/product/202309/products/') && method === 'GET') return ok(product)
    if (path === '/product/202309/inventory/search') return ok({ inventory: [inventory] })
    if (path.endsWith('/packages') && !body.includes('order_line_item_ids')) return failed(21008106, 'not here')
    if (path === '/event/202309/webhooks' && method === 'GET')
      return ok({ webhooks: [{ event_type: 'NEW_MESSAGE', address: 'https://onhand.example/webhooks/tiktok-shop' }] })
    if (path === '/authorization/202309/shops') return ok({ shops: [{ id: '1', cipher: 'ROW_1' }] })
    if (path.startsWith('/api/v2/token'))
      return ok({ access_token: 'a', access_token_expire_in: 1, refresh_token: 'r', refresh_token_expire_in: 2 })
    return ok({})
  }
  const fetchBy = async (request: Request) => {
    const url = new URL(request.url)
    const each: Received = {
      method: request.method,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: Object.fromEntries(request.headers),
      body: await request.text(),
    }
    // The token host is not in the files.
    if (url.origin === api) seen.push(each)
    return Response.json(answerTo(each))
  }
  return { seen, fetchBy }
}

/** Everything a channel can be asked to do. */
async function sendEverything(): Promise<Received[]> {
  const { seen, fetchBy } = recordingShop()
  const { channel } = open({}, {}, true, fetchBy)
  const wanted: Wanted[] = [
    { kind: 'orders', ids: [asId(order.id)] },
    { kind: 'orders', ids: [asId('9')] },
    { kind: 'parcels', ids: [asId(order.id)] },
    { kind: 'listings', ids: [asId(product.id)] },
    { kind: 'listings', ids: [asId('404')] },
    { kind: 'stock', ids: [asId('1/2'), asId('3')] },
    { kind: 'providers', ids: ['7091146663229654785|NL|BE', '7091146663229654785|NL|'] },
  ]
  for (const each of wanted) await channel.fetch(each)
  for (const topic of channel.abilities.polls) await collect(channel.poll(topic, { since: startAt - 60_000 }))

  const parcel = {
    order: asId<'order'>(order.id),
    shipment: asId<'shipment'>('s'),
    carrier: 'PostNL',
    provider: '66',
    number: '3S1',
  }
  const lines = [{ line: asId<'line'>('2729382476852921560'), units: 1 }]
  const cancel = { order: asId<'order'>(order.id), restock: true, reason: 'Sold out' }
  const ops: Ops[] = [
    { kind: 'stock', ops: [0, 99_999].map((to, at) => ({ kind: 'set', register: asId(`1/2@${at}`), to })) },
    { kind: 'order', op: { kind: 'cancel', ...cancel } },
    { kind: 'order', op: { kind: 'cancelLines', ...cancel, lines } },
    { kind: 'order', op: { kind: 'approveCancel', order: asId(order.id), request: '4035318504086604100' } },
    { kind: 'tracking', op: parcel },
    { kind: 'tracking', op: { ...parcel, lines } },
  ]
  for (const each of ops) for (const { call } of channel.compose(each, keys())) await channel.write(call)
  await channel.subscriptions.audit()
  await channel.subscriptions.repair()
  await exchangeCode(credentials, 'code', { fetch: fetchBy, clock: systemClock, random: seededRandom(1) })
  return seen
}

const sent = await sendEverything()
/** One of each shape: method, path template and the names of what it carries. */
const requests = [...new Map(sent.map((each) => [shapeOf(each), each])).entries()]

function shapeOf({ method, path, query, body }: Received): string {
  const names = Object.keys(query).filter((name) => !['app_key', 'timestamp', 'sign', 'shop_cipher'].includes(name))
  const fields = body ? Object.keys(JSON.parse(body)) : []
  return [
    method,
    path.replaceAll(/\/\d{7,}|\/\d(?=\/)|\/404$/g, '/{id}'),
    ...names.map((name) => `?${name}`),
    ...fields,
  ].join(' ')
}

test('every request of the connector is among them', () => {
  const endpoints = new Set(requests.map(([shape]) => shape.split(' ').slice(0, 2).join(' ')))
  expect([...endpoints].sort()).toEqual([
    'DELETE /event/202309/webhooks',
    'GET /authorization/202309/shops',
    'GET /event/202309/webhooks',
    'GET /fbt/202408/warehouses',
    'GET /logistics/202309/delivery_options/{id}/shipping_providers',
    'GET /order/202507/orders',
    'GET /product/202309/products/{id}',
    'POST /fulfillment/202309/orders/{id}/packages',
    'POST /fulfillment/202309/packages/{id}/ship',
    'POST /order/202309/orders/search',
    'POST /product/202309/inventory/search',
    'POST /product/202309/products/{id}/inventory/update',
    'POST /product/202502/products/search',
    'POST /return_refund/202309/cancellations',
    'POST /return_refund/202309/cancellations/search',
    'POST /return_refund/202309/cancellations/{id}/approve',
    'POST /return_refund/202309/returns/search',
    'PUT /event/202309/webhooks',
  ])
})

test('all of them are signed over exactly what was sent', () => {
  for (const each of sent) expect(each.query.sign, shapeOf(each)).toBe(expectedSign(each))
})

describe.each(requests)('%s', (_shape, request) => {
  test('is what TikTok describes', () => {
    expect(requestComplaints(request, overlays)).toEqual([])
  })

  test('is not, with any one thing wrong', () => {
    const changed = mutations(request)
    expect(changed.length).toBeGreaterThan(4)
    const unnoticed = changed.filter(([, each]) => requestComplaints(each, overlays).length === 0).map(([what]) => what)
    expect(unnoticed).toEqual([])
  })
})

/** The request with each of its names misspelt and each value of its body of another type, one at a time. */
function mutations(request: Received): [string, Received][] {
  const withQuery = Object.entries(request.query).map(([name, value]): [string, Received] => {
    const { [name]: _gone, ...rest } = request.query
    return [`?${name} misspelt`, { ...request, query: { ...rest, [`${name}x`]: value } }]
  })
  const bodies = request.body ? mutatedBodies(JSON.parse(request.body), '') : []
  return [
    ['another method', { ...request, method: 'PATCH' }],
    ['another path', { ...request, path: `${request.path}x` }],
    ['another version', { ...request, path: request.path.replace(/\/20\d{4}\//, '/209909/') }],
    ['no token', { ...request, headers: { ...request.headers, 'x-tts-access-token': '' } }],
    ...withQuery,
    ...bodies.map(([what, body]): [string, Received] => [what, { ...request, body: JSON.stringify(body) }]),
    request.body ? ['no body', { ...request, body: '' }] : ['a body', { ...request, body: '{"a":1}' }],
    ...(request.body ? [['an empty body', { ...request, body: '{}' }] satisfies [string, Received]] : []),
  ]
}

function mutatedBodies(value: unknown, at: string): [string, unknown][] {
  if (Array.isArray(value))
    return [
      [`${at} of another type`, 'x'],
      ...value.flatMap((each, index) =>
        mutatedBodies(each, `${at}[${index}]`).map(([what, inner]): [string, unknown] => [
          what,
          value.with(index, inner),
        ]),
      ),
    ]
  if (typeof value !== 'object' || value === null)
    return [[`${at} of another type`, typeof value === 'string' ? 7 : 'x']]
  return Object.entries(value).flatMap(([name, each]) => {
    const { [name]: _gone, ...rest } = value as Json
    const path = at ? `${at}.${name}` : name
    return [
      [`${path} misspelt`, { ...rest, [`${name}x`]: each }],
      ...mutatedBodies(each, path).map(([what, inner]): [string, unknown] => [what, { ...rest, [name]: inner }]),
    ] satisfies [string, unknown][]
  })
}

describe('the answers that the tests give are of the described shape', () => {
  test.each([
    ['GET', '/order/202507/orders', { orders: [order] }],
    [
      'POST',
      '/order/202309/orders/search',
      { orders: [{ id: '1', update_time: 1 }], next_page_token: 'a', total_count: 1 },
    ],
    ['GET', '/product/202309/products/1', product],
    ['POST', '/product/202309/inventory/search', { inventory: [inventory] }],
    ['POST', '/return_refund/202309/cancellations/search', { cancellations: [cancellation], total_count: 1 }],
    ['POST', '/return_refund/202309/returns/search', { return_orders: [returned], next_page_token: 'n' }],
    ['GET', '/event/202309/webhooks', { webhooks: [{ event_type: 'a', address: 'b' }], total_count: 1 }],
    [
      'GET',
      '/authorization/202309/shops',
      { shops: [{ id: '1', name: 'a', region: 'NL', seller_type: 'LOCAL', cipher: 'c', code: 'd' }] },
    ],
  ])('%s %s', (method, path, data) => {
    expect(answerComplaints(method, path, data)).toEqual([])
    expect(answerComplaints(method, path, { ...data, misspelt: 1 })).toEqual(['misspelt: no such field'])
  })
})
