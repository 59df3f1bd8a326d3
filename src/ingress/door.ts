/** The webhook door: verifies over the raw bytes, stores, and only then says yes. Runs on Node and on Workers alike. */

import { Hono, type HonoRequest } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { Channel, RawDelivery, RawRequest, Verdict } from '../channel.ts'
import type { AccountId, Platform } from '../domain.ts'

/** Shops' webhooks are far smaller (Shopify's largest orders come to some 200 KB). */
const bodyBytesMax = 1024 * 1024

export interface DoorAccount {
  readonly id: AccountId
  readonly verify: Channel['verify']
}

export interface Door {
  /** The account with this id, or undefined. */
  account(id: string): Promise<DoorAccount | undefined>
  /** Platforms whose apps have one address for all shops, and who a request there is about. */
  platforms: readonly Platform[]
  accountOf(platform: Platform, raw: RawRequest): Promise<DoorAccount | undefined>
  /** Who can tell whether such a request is signed by the app, although it is about no shop that is connected here. */
  ofApp?(platform: Platform): Promise<DoorAccount | undefined>
  append(account: AccountId, delivery: RawDelivery, platform?: Platform): Promise<unknown>
  count(outcome: 'stored' | 'dropped' | 'refused' | 'unknown_account' | 'too_large' | 'busy'): void
}

const problem = (status: number, title: string) =>
  new Response(JSON.stringify({ type: 'about:blank', status, title }), {
    status,
    headers: { 'content-type': 'application/problem+json' },
  })

/** Says its length: without one an HTTP server sends the end of an empty body as a chunk of its own. */
const received = () => new Response(null, { status: 200, headers: { 'content-length': '0' } })

/** Mount at `/webhooks`. Answers 200 with an empty body once a delivery is durable; repeats are answered alike. */
export function createDoor(door: Door): Hono {
  const app = new Hono()
  const counted = bodyLimit({
    maxSize: bodyBytesMax,
    onError: () => {
      door.count('too_large')
      return problem(413, 'A webhook may have 1 MiB at most.')
    },
  })
  // A body whose length is told needs no counting; reading it as a stream costs a third of the whole request.
  app.use((c, next) => (isKnownSmall(c.req) ? next() : counted(c, next)))
  app.post('/:target', async (c) => {
    const target = c.req.param('target')
    const raw: RawRequest = {
      method: 'POST',
      path: c.req.path,
      headers: c.req.header(),
      body: new Uint8Array(await c.req.arrayBuffer()),
    }
    return await receive(door, target, raw)
  })
  return app
}

/** The HTTP server lets no more through than the length that was told. */
const isKnownSmall = (request: HonoRequest): boolean =>
  request.header('transfer-encoding') === undefined &&
  Number(request.header('content-length') ?? Infinity) <= bodyBytesMax

async function receive(door: Door, target: string, raw: RawRequest): Promise<Response> {
  const isApp = door.platforms.includes(target)
  const account = isApp
    ? ((await door.accountOf(target, raw)) ?? (await door.ofApp?.(target)))
    : await door.account(target)
  if (!account) {
    door.count('unknown_account')
    return problem(404, 'No shop is connected at this address.')
  }
  const verdict = await account.verify(raw)
  if (!verdict.ok) {
    door.count('refused')
    return problem(verdict.status, verdict.reason)
  }
  return verdict.stored ? await store(door, account.id, verdict, raw, isApp ? target : undefined) : drop(door)
}

function drop(door: Door): Response {
  door.count('dropped')
  return received()
}

async function store(
  door: Door,
  account: AccountId,
  verdict: Verdict & { ok: true; stored: true },
  raw: RawRequest,
  platform: Platform | undefined,
): Promise<Response> {
  const { topic, key, shopTime } = verdict
  try {
    const body = new TextDecoder().decode(raw.body)
    await door.append(account, { source: 'webhook', topic, key, body, shopTime }, platform)
  } catch {
    // Not stored: the shop must keep it and come back. Polling is behind it where a shop never does.
    door.count('busy')
    return problem(503, 'The delivery could not be stored; please send it again.')
  }
  door.count('stored')
  return received()
}
