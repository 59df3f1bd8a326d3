/** A small client of the sandbox shop: signs as the platform asks, or wrongly where a test wants it wrong. */

import { type Fetch, seededRandom } from '../../../src/clock.ts'
import { calmHooks, type HookChaos } from '../../../src/sandbox/shop.ts'
import { type TiktokOptions, type TiktokSandbox, tiktokSandbox } from '../../../src/sandbox/tiktok-shop/index.ts'
import { requestSign } from '../../../src/sandbox/tiktok-shop/signing.ts'
import { type VirtualClock, virtualClock } from '../../../src/sandbox/virtual-clock.ts'

export const origin = 'https://open-api.tiktokglobalshop.com'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly code: number
  readonly message: string
  readonly data: Data
  readonly text: string
}

/** What comes out of JSON, looked into by name: a missing member is undefined, never an exception. */
export interface Data {
  at(...path: (string | number)[]): unknown
  list(...path: (string | number)[]): Data[]
  text(...path: (string | number)[]): string
}

export function look(value: unknown): Data {
  const at = (...path: (string | number)[]): unknown =>
    path.reduce<unknown>(
      (inner, name) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, name) : undefined),
      value,
    )
  return {
    at,
    list: (...path) => {
      const found = at(...path)
      return Array.isArray(found) ? found.map(look) : []
    },
    text: (...path) => String(at(...path)),
  }
}

export interface CallOptions {
  readonly query?: Record<string, string | undefined>
  /** An object is sent as JSON; a string as it is. */
  readonly body?: unknown
  readonly headers?: Record<string, string>
  readonly secret?: string
  readonly sign?: string
}

export interface Bench {
  readonly clock: VirtualClock
  readonly shop: TiktokSandbox
  readonly received: { readonly at: number; readonly request: Request; readonly body: string }[]
  call(method: string, path: string, options?: CallOptions): Promise<Answer>
  credential(name: string): string
}

export interface BenchOptions extends Partial<TiktokOptions> {
  readonly chaos?: HookChaos
  /** Answers the shop's webhooks; 200 to everything by default. */
  readonly listener?: (request: Request) => Promise<Response>
}

export function bench({ chaos = calmHooks, listener, ...options }: BenchOptions = {}): Bench {
  const clock = virtualClock()
  const received: { at: number; request: Request; body: string }[] = []
  const fetch: Fetch = async (request) => {
    received.push({ at: clock.now(), request, body: await request.clone().text() })
    return listener ? listener(request) : new Response(null, { status: 200 })
  }
  const shop = tiktokSandbox({ clock, random: seededRandom(7), fetch, chaos }, options)
  const credential = (name: string) => String(shop.connection().credentials[name])

  return {
    clock,
    shop,
    received,
    credential,
    async call(method, path, { query = {}, body, headers = {}, secret = credential('appSecret'), sign } = {}) {
      const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body)
      const contentType = headers['content-type'] ?? 'application/json'
      const isScoped = !/^\/(authorization|seller|api)\//.test(path)
      const all = Object.entries({
        app_key: credential('appKey'),
        timestamp: String(Math.floor(clock.now() / 1000)),
        shop_cipher: isScoped ? credential('shopCipher') : undefined,
        ...query,
      }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as [string, string]]))
      const signature = sign ?? requestSign(secret, { path, query: all, contentType, body: text })
      const url = `${origin}${path}?${new URLSearchParams([...all, ...(signature ? [['sign', signature]] : [])])}`
      const request = new Request(url, {
        method,
        headers: { 'content-type': contentType, 'x-tts-access-token': credential('accessToken'), ...headers },
        ...(text ? { body: text } : {}),
      })
      const response = await shop.app.fetch(request)
      return read(response)
    },
  }
}

export async function read(response: Response): Promise<Answer> {
  const text = await response.text()
  const parsed = look(text.startsWith('{') ? JSON.parse(text) : {})
  return {
    status: response.status,
    headers: response.headers,
    code: Number(parsed.at('code')),
    message: parsed.text('message'),
    data: look(parsed.at('data')),
    text,
  }
}

export const hourMs = 3_600_000
export const minuteMs = 60_000

/** A shop with two skus of stock, and an order of both that is past its hour. */
export async function benchWithOrder(options: BenchOptions = {}) {
  const made = bench(options)
  made.shop.addProduct({ sku: 'MUG', title: 'Mug', price: '12.50', quantity: 10, gtin: '8712345678906' })
  made.shop.addProduct({ sku: 'TEE', title: 'T-shirt', price: '24.95', quantity: 5 })
  const order = buy(made, [
    { sku: 'MUG', quantity: 2 },
    { sku: 'TEE', quantity: 1 },
  ])
  await made.clock.advance(hourMs)
  return { ...made, order }
}

/** Places an order that must succeed. */
export function buy({ shop }: Pick<Bench, 'shop'>, lines: readonly { sku: string; quantity: number }[]): string {
  const bought = shop.buy(lines)
  if (!bought.ok) throw new Error(`not bought: ${bought.reason}`)
  return bought.order
}

export async function orderDetail({ call }: Pick<Bench, 'call'>, id: string): Promise<Data> {
  const { data } = await call('GET', '/order/202507/orders', { query: { ids: id } })
  return look(data.at('orders', 0))
}

/** The id of a carrier on the shop's own route. */
export async function providerId({ call }: Pick<Bench, 'call'>, order: Data, name = 'PostNL'): Promise<string> {
  const { data } = await call(
    'GET',
    `/logistics/202309/delivery_options/${order.text('delivery_option_id')}/shipping_providers`,
    { query: { warehouse_region: 'NL', buyer_region: 'NL' } },
  )
  const found = data.list('shipping_providers').find((provider) => provider.at('name') === name)
  return found?.text('id') ?? `no ${name} on the list`
}
