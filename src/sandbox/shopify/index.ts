/** A Shopify shop to try things on: the Admin GraphQL API, its webhooks, and the buyers' and merchant's side behind it. */

import { Hono } from 'hono'
import type { SandboxDeps, SandboxMerchant, SandboxProduct, SandboxShop } from '../shop.ts'
import { bulkFile } from './bulk.ts'
import { buy } from './checkout.ts'
import { createEndpoint, type GraphRequest } from './endpoint.ts'
import { merchant } from './merchant.ts'
import { addOauth } from './oauth.ts'
import { defaultOptions, type ShopOptions } from './options.ts'
import { shopPayload } from './payloads-stock.ts'
import { closePlace, openPlace, placeNamed } from './places.ts'
import { addProduct, addProducts } from './stock.ts'
import { cancel, counter, orders, setStockByHand, shelf, ship } from './storefront.ts'
import { createWebhooks } from './webhooks.ts'
import { createWorld, mainPlace, versionFor, type World } from './world.ts'

export interface ShopifySandbox extends SandboxShop, SandboxMerchant {
  /** The app as the developer's dashboard shows it, for the OAuth grants. */
  oauthApp(): { clientId: string; clientSecret: string }
  /** The API turns everybody away: 402 a frozen shop, 403 no access, 423 a locked one, 429, 430; undefined ends it. */
  setRefusal(refusal: Refusal | undefined): void
  /** A quarter has passed: these versions are supported now, oldest first. */
  setApiVersions(versions: readonly string[]): void
  /** A catalogue that was there before the app: quick, and no webhook tells of it. Neighbours with one title are variants of one product. */
  addProducts(catalogue: Iterable<SandboxProduct>): void
  /** The merchant opens a location; its number. */
  openLocation(name: string): string
  /** The merchant deactivates one: stock and open work go to the destination. */
  closeLocation(location: string, destination: string): void
  /** As `setStockByHand`, at one location. */
  setStockAt(location: string, sku: string, quantity: number): void
  /** The merchant removes the app: its token and subscriptions are dead, and app/uninstalled is the last thing it hears. */
  uninstall(): void
}

interface Counts {
  calls: number
  throttled: number
  stockWrites: number
  darkened: number
}

export function shopifySandbox(deps: SandboxDeps, options: Partial<ShopOptions> = {}): ShopifySandbox {
  const webhooks = createWebhooks(deps, () => world)
  const world: World = createWorld({ ...defaultOptions, ...options }, deps, (news) => webhooks.publish(news))
  const counts: Counts = { calls: 0, throttled: 0, stockWrites: 0, darkened: 0 }
  const moods: Moods = { dark: false }

  /** What the storefront and the merchant do is one action: its news goes out together. */
  const act = <T>(what: () => T): T => {
    try {
      return what()
    } finally {
      world.flush()
    }
  }

  return {
    ...merchant(world, act),
    platform: 'shopify',
    app: createApp(world, counts, moods),
    connection: () => ({
      shop: world.options.shop,
      credentials: { accessToken: world.tokens.permanent, clientSecret: world.tokens.clientSecret },
      settings: { location: mainPlace(world).id, currency: world.options.currency },
    }),
    addProduct: (product) => act(() => addProduct(world, product)),
    addProducts: (catalogue) => addProducts(world, catalogue),
    openLocation: (name) => act(() => openPlace(world, name).id),
    closeLocation: (location, destination) =>
      act(() => closePlace(world, placeNamed(world, location), placeNamed(world, destination))),
    setStockAt: (location, sku, quantity) =>
      act(() => setStockByHand(world, sku, quantity, placeNamed(world, location))),
    buy: (lines) => act(() => buy(world, lines)),
    cancel: (order) => act(() => cancel(world, order)),
    ship: (order, tracking) => act(() => ship(world, order, tracking)),
    setStockByHand: (sku, quantity) => act(() => setStockByHand(world, sku, quantity)),
    shelf: () => shelf(world),
    counter: (sku) => counter(world, sku),
    orders: () => orders(world),
    tick: () => {},
    nextTickAt: () => undefined,
    setDark(dark) {
      moods.dark = dark
      if (dark) webhooks.hold()
      else webhooks.release()
    },
    stats: () => ({ ...counts, webhooksSent: webhooks.sent, webhooksLost: webhooks.lost }),
    hooksUnderway: () => webhooks.underway(),
    setRefusal(refusal) {
      moods.refusal = refusal
    },
    setApiVersions(versions) {
      world.apiVersions = versions
    },
    oauthApp: () => ({ clientId: world.tokens.clientId, clientSecret: world.tokens.clientSecret }),
    uninstall: () =>
      act(() => {
        world.tell({ topic: 'app/uninstalled', about: world.shopId, payload: () => shopPayload(world) })
        world.flush()
        world.subscriptions.clear()
        world.tokens.revokeAll()
      }),
  }
}

const invalidToken = '[API] Invalid API key or access token (unrecognized login or wrong password)'

/** How Shopify turns an app away before it looks at the request. */
const refusals = {
  402: 'Unavailable Shop',
  403: 'User does not have access',
  423: 'Locked',
  429: 'Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service.',
  430: 'Shopify Security Rejection',
} as const
export type Refusal = keyof typeof refusals

interface Moods {
  dark: boolean
  refusal?: Refusal | undefined
}

function createApp(world: World, counts: Counts, moods: Moods): Hono {
  const endpoint = createEndpoint(world)
  const app = new Hono()
  app.use(async (context, next) => {
    counts.calls++
    if (moods.dark) {
      counts.darkened++
      return context.json({ errors: 'Service Unavailable' }, 503)
    }
    await next()
    context.header('X-Request-Id', world.deps.random.uuid())
  })
  addOauth(app, world)
  app.post('/admin/api/:version/graphql.json', async (context) => {
    const apiVersion = versionFor(world, context.req.param('version'))
    if (apiVersion === undefined) return context.json({ errors: 'Not Found' }, 404)
    context.header('X-Shopify-API-Version', apiVersion)
    if (moods.refusal !== undefined) return turnAway(moods.refusal, apiVersion)
    const grant = world.tokens.check(context.req.header('X-Shopify-Access-Token'))
    if (!grant) return context.json({ errors: invalidToken }, 401)
    const read = readRequest(await context.req.text())
    if (!read) return context.json({ errors: { query: 'Required parameter missing or invalid' } }, 400)
    const movesBefore = world.stockMoves
    const answer = await endpoint.answer({ ...read, apiVersion, grant, origin: new URL(context.req.url).origin })
    if (world.stockMoves > movesBefore) counts.stockWrites++
    if (answer.throttled) counts.throttled++
    world.flush()
    if (world.options.latencyMs > 0) await world.deps.clock.sleep(world.options.latencyMs)
    if (world.options.lostAnswers > 0 && world.deps.random.next() < world.options.lostAnswers)
      return context.json({ errors: 'Gateway Timeout' }, 504)
    return context.json(asJson(answer.body))
  })
  app.get('/bulk-files/:key/:name', (context) => {
    const text = bulkFile(world, context.req.param('key'))
    return text === undefined
      ? context.text('Not found', 404)
      : context.body(text, 200, { 'Content-Type': 'application/jsonl' })
  })
  app.notFound((context) => context.json({ errors: 'Not Found' }, 404))
  return app
}

const turnAway = (refusal: Refusal, apiVersion: string): Response =>
  Response.json(
    { errors: refusals[refusal] },
    {
      status: refusal,
      headers: { 'X-Shopify-API-Version': apiVersion, ...(refusal === 429 ? { 'Retry-After': '2.0' } : {}) },
    },
  )

/** Safe because the answer is made of plain data and GraphQL errors, which know how to become JSON. */
const asJson = (body: unknown) => body as Record<string, unknown>

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function readRequest(text: string): Pick<GraphRequest, 'query' | 'variables' | 'operationName'> | undefined {
  try {
    const body: unknown = JSON.parse(text)
    if (!isRecord(body) || typeof body.query !== 'string') return undefined
    const variables = isRecord(body.variables) ? body.variables : {}
    const operationName = typeof body.operationName === 'string' ? body.operationName : undefined
    return { query: body.query, variables, operationName }
  } catch {
    return undefined
  }
}
