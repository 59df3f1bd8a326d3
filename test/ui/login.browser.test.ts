/** The first start as a person sees it: the page that takes the token, where to begin, access, out and in again. */

import { type ServerType, serve } from '@hono/node-server'
import type { Page } from 'playwright-core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { en } from '../../src/ui/en.ts'
import { createPages } from '../../src/ui/index.ts'
import { nl } from '../../src/ui/nl.ts'
import { type Bench, createBench } from '../api/bench.ts'
import { inBrowser } from '../support/browser.ts'

const password = 'a long enough password'

let bench: Bench
let server: ServerType
let origin: string

beforeEach(async () => {
  bench = await createBench()
  const { fetch } = createPages(bench.deps)
  server = serve({ fetch, hostname: '127.0.0.1', port: 0 })
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : address}`
})
afterEach(async () => {
  server.close()
  await bench.close()
})

/** What the page holds that does not fit: a phone must not scroll sideways. */
const overflowOf = (page: Page) => page.evaluate('document.documentElement.scrollWidth - innerWidth')

const focusOf = (page: Page) => page.evaluate('document.activeElement.id')

inBrowser((browser) => {
  it('leads from the token to the first user, to a token for programs, out and in again', async () => {
    const context = await browser().newContext({ locale: 'en-GB', viewport: { width: 390, height: 844 } })
    const page = await context.newPage()
    const troubles: string[] = []
    page.on('console', (message) => {
      // A refused form is answered 4xx, which browsers report as well.
      if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) troubles.push(message.text())
    })
    page.on('pageerror', (error) => troubles.push(error.message))

    await page.goto(origin)
    expect(page.url()).toBe(`${origin}/first`)
    expect(await focusOf(page)).toBe('token')
    const { first, welcome, access, login, faults } = en
    await page.getByLabel(first.token).fill('a wrong token')
    await page.getByLabel(first.name, { exact: true }).fill('Ada')
    await page.getByLabel(first.password, { exact: true }).fill(password)
    await page.getByLabel(first.again).fill(password)
    await page.getByRole('button', { name: first.make }).click()
    expect(await page.locator('#token-error').textContent()).toBe(first.wrongToken)
    expect(await focusOf(page)).toBe('token')
    expect(await page.getByLabel(first.name, { exact: true }).inputValue()).toBe('Ada')

    await page.getByLabel(first.token).fill((await bench.deps.identity.firstStart.token()) ?? '')
    await page.getByLabel(first.password, { exact: true }).fill(password)
    await page.getByLabel(first.again).fill(password)
    await page.keyboard.press('Enter')
    await page.waitForURL(`${origin}/welcome`)
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(welcome.heading)

    await page.getByRole('link', { name: welcome.later }).click()
    await page.getByRole('link', { name: access.heading }).click()
    await page.getByRole('button', { name: access.addToken }).click()
    // The browser itself asks for what is required.
    expect(await focusOf(page)).toBe('token-title')
    await page.getByLabel(access.title).fill('A program')
    await page.getByRole('button', { name: access.addToken }).click()
    expect(await page.locator('#token-scopes-error').textContent()).toBe(faults.scopesEmpty)
    await page.getByLabel(en.scopes.read).check()
    await page.getByRole('button', { name: access.addToken }).click()
    expect(await page.locator('.secret code').textContent()).toMatch(/^onhand_/)
    for (const path of ['/settings/access', '/welcome', '/', '/settings/password']) {
      await page.goto(`${origin}${path}`)
      expect([path, await overflowOf(page)]).toEqual([path, 0])
    }

    await page.goto(origin)
    await page.getByRole('button', { name: login.leave }).click()
    await page.waitForURL(`${origin}/login`)
    await page.goBack()
    // Nothing of it was kept: the page behind is asked for again, and refused.
    expect(page.url()).toBe(`${origin}/login`)
    await page.getByLabel(login.name).fill('ada')
    await page.getByLabel(login.password).fill(password)
    await page.getByRole('button', { name: login.enter }).click()
    await page.waitForURL(`${origin}/`)
    expect(troubles).toEqual([])
    await context.close()
  })

  it('lets no other site send a form', async () => {
    await bench.deps.identity.users.create(
      { kind: 'key', id: 'k', name: 'k', from: undefined, permissions: ['read'] },
      { name: 'Eve', role: 'viewer', password },
    )
    const context = await browser().newContext({ locale: 'nl-NL' })
    const page = await context.newPage()
    await page.goto(`${origin}/login`)
    await page.getByLabel(nl.login.name).fill('Eve')
    await page.getByLabel(nl.login.password).fill(password)
    await page.getByRole('button', { name: nl.login.enter }).click()
    await page.waitForURL(`${origin}/`)
    // The same machine by another name is another site.
    await page.goto('data:text/html,<p>elsewhere')
    await page.setContent(`<form method="post" action="${origin}/logout"><button>Win</button></form>`)
    await page.getByRole('button').click()
    await page.waitForURL(`${origin}/logout`)
    expect(await page.getByRole('alert').textContent()).toBe(nl.refused.foreign)
    await page.goto(origin)
    expect(page.url()).toBe(`${origin}/`)
    await context.close()
  })
})
