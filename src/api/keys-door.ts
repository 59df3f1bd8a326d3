/** The door through which a shop sends the keys that its owner has just made for us: unsigned, so only an unguessable state lets it in. */

import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { reasonOf } from '../log.ts'
import type { ApiDeps } from './deps.ts'

const bodyBytesMax = 16_384

/** Mount at `/install`. Answers 200 when the keys were tried and kept; at anything else the shop takes them back. */
export function createKeysDoor({ installs, log }: Pick<ApiDeps, 'installs' | 'log'>): Hono {
  const app = new Hono()
  app.use(bodyLimit({ maxSize: bodyBytesMax }))
  app.post('/:platform/keys', async (c) => {
    try {
      const answer = fieldsOf(await c.req.json())
      return c.body(null, (await installs.takeKeys(c.req.param('platform'), answer)) ? 200 : 400)
    } catch (error) {
      log.warn('keys were not taken', { platform: c.req.param('platform'), reason: reasonOf(error) })
      return c.body(null, 400)
    }
  })
  return app
}

/** The plain members of a JSON object, as text. */
function fieldsOf(body: unknown): Record<string, string> {
  if (typeof body !== 'object' || body === null) return {}
  return Object.fromEntries(
    Object.entries(body).flatMap(([name, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [],
    ),
  )
}
