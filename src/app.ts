/** The HTTP side in one piece: the webhook door, the JSON API, the probes and the pages. */

import { Hono } from 'hono'
import type { ApiDeps } from './api/deps.ts'
import { createApi, createProbes } from './api/index.ts'
import { createKeysDoor } from './api/keys-door.ts'
import { asId, NOBODY } from './domain.ts'
import { createDoor } from './ingress/door.ts'
import { createPages } from './ui/index.ts'

export function createApp(deps: ApiDeps): Hono {
  const { accounts, apps, engine, metrics } = deps
  const verifying = async (id: string) => {
    const opened = await accounts.open(id)
    return opened && { id: asId<'account'>(id), verify: opened.channel.verify }
  }
  const door = createDoor({
    platforms: accounts.platforms,
    account: verifying,
    async accountOf(platform, raw) {
      const id = await accounts.ofShop(platform, raw)
      return id === undefined ? undefined : await verifying(id)
    },
    async ofApp(platform) {
      const verifyForApp = accounts.connector(platform)?.verifyForApp
      const keys = verifyForApp && (await apps.keys(platform))
      return keys && { id: NOBODY, verify: (raw) => verifyForApp(raw, keys) }
    },
    async append(account, delivery, platform) {
      // Carried out before it is acknowledged: what fails is sent again. Demands come to the app's own address.
      const kept = platform === undefined ? delivery : await deps.privacy.heed(platform, delivery, account)
      await engine.inbox.append(account, [kept])
    },
    count: (outcome) => metrics.webhooks.inc({ outcome }),
  })
  const app = new Hono()
  app.route('/webhooks', door)
  app.route('/install', createKeysDoor(deps))
  app.route('/', createProbes(deps))
  app.route('/api', createApi(deps))
  app.route('/', createPages(deps))
  return app
}
