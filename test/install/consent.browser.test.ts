/** A consent as a person gives it, on another site, in a real browser: it keeps our cookie back, follows our page, and forms go nowhere else. */

import { type ServerType, serve } from '@hono/node-server'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { calmHooks } from '../../src/sandbox/shop.ts'
import { tiktokSandbox } from '../../src/sandbox/tiktok-shop/index.ts'
import { en } from '../../src/ui/en.ts'
import { inBrowser } from '../support/browser.ts'
import { createStand, password, type Stand } from './stand.ts'

let stand: Stand
let servers: ServerType[]

async function listen(fetch: (request: Request) => Response | Promise<Response>): Promise<number> {
  const server = serve({ fetch, hostname: '127.0.0.1', port: 0 })
  servers.push(server)
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}

beforeEach(() => {
  servers = []
})
afterEach(async () => {
  for (const server of servers) server.close()
  await stand.close()
})

inBrowser((browser) => {
  it('leads to the platform, back to us, and to the choice of shops', async () => {
    let sandbox: ReturnType<typeof tiktokSandbox> | undefined
    const there = await listen((request) => sandbox?.app.fetch(request) ?? new Response(null, { status: 503 }))
    // Another site for a browser: `localhost` and `127.0.0.1` share nothing.
    const platform = `http://localhost:${there}`
    const keys = { appKey: '', appSecret: '', serviceId: '' }
    const app = { ...keys, apiOrigin: platform, authOrigin: platform, consentOrigin: platform }
    stand = await createStand({ apps: { 'tiktok-shop': app } })
    const here = `http://127.0.0.1:${await listen((request) => stand.app.fetch(request))}`
    sandbox = tiktokSandbox(
      { clock: stand.clock, random: stand.random, fetch: stand.fetch, chaos: calmHooks },
      { redirectUrl: `${here}/connect/tiktok-shop/back` },
    )
    Object.assign(app, sandbox.partnerApp())
    stand.hosts[platform] = (request) => sandbox?.app.fetch(request) ?? new Response(null, { status: 503 })

    const context = await browser().newContext({ locale: 'en-GB', viewport: { width: 390, height: 844 } })
    const page = await context.newPage()
    const troubles: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error' && !/status of 4\d\d|favicon/.test(message.text())) troubles.push(message.text())
    })
    await page.goto(here)
    await page.getByLabel(en.first.token).fill((await stand.identity.firstStart.token()) ?? '')
    await page.getByLabel(en.first.name, { exact: true }).fill('Ada')
    await page.getByLabel(en.first.password, { exact: true }).fill(password)
    await page.getByLabel(en.first.again).fill(password)
    await page.keyboard.press('Enter')
    await page.waitForURL(`${here}/welcome`)
    await page.getByRole('link', { name: en.connect.add }).click()
    await page.getByRole('link', { name: 'TikTok Shop' }).click()
    await page.getByRole('button', { name: en.connect.platforms['tiktok-shop']?.ways.consent?.go ?? '' }).click()

    await page.waitForURL(`${platform}/open/authorize**`)
    await page.getByRole('button', { name: 'Authorize' }).click()
    await page.waitForURL(`${here}/installs/**`)
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(en.connect.opened)
    expect(await page.getByText('Seller type: LOCAL').isVisible()).toBe(true)
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
    await page.getByRole('button', { name: en.connect.keep }).click()
    await page.waitForURL(`${here}/connect`)
    expect(await page.getByText(en.connect.paused).isVisible()).toBe(true)
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
    expect(troubles).toEqual([])
    await context.close()
  })
})
