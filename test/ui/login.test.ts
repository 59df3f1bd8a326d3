/** The way in: the first user, signing in and out, and who may come in, as a browser without scripts goes it. */

import type { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { en, type Words } from '../../src/ui/en.ts'
import { createPages } from '../../src/ui/index.ts'
import { nl } from '../../src/ui/nl.ts'
import type { PageEnv } from '../../src/ui/session.ts'
import { type Bench, createBench } from '../api/bench.ts'

let bench: Bench
let app: Hono<PageEnv>

beforeEach(async () => {
  bench = await createBench()
  app = createPages(bench.deps)
})
afterEach(() => bench.close())

const password = 'a long enough password'
const hour = 3_600_000

type Fields = Readonly<Record<string, string>> | [string, string][]

/** A browser: keeps its cookie, says where its forms come from. */
function browser(language = 'en') {
  let cookie = ''
  async function go(path: string, fields?: Fields, headers: Record<string, string> = {}) {
    const response = await app.request(
      path,
      fields === undefined
        ? { headers: { cookie, 'accept-language': language, ...headers } }
        : {
            method: 'POST',
            body: new URLSearchParams(fields),
            headers: { cookie, 'accept-language': language, origin: 'http://localhost', ...headers },
          },
      { incoming: { socket: { remoteAddress: '203.0.113.7' } } },
    )
    const set = response.headers.get('set-cookie')
    if (set) cookie = set.split(';')[0] ?? ''
    return {
      status: response.status,
      to: response.headers.get('location'),
      set: set ?? '',
      headers: response.headers,
      text: await response.text(),
    }
  }
  return {
    go,
    get cookie() {
      return cookie
    },
    set cookie(value: string) {
      cookie = value
    },
    signIn: (name: string, given = password) => go('/login', { name, password: given }),
  }
}

const first = async (more: Record<string, string> = {}) => ({
  token: (await bench.deps.identity.firstStart.token()) ?? '',
  name: 'Ada',
  password,
  again: password,
  ...more,
})

async function admin() {
  const ada = browser()
  await ada.go('/first', await first())
  return ada
}

describe('the first start', () => {
  test('every door leads to the first page; the token makes an admin, who is asked where to begin', async () => {
    const ada = browser()
    for (const path of ['/', '/login', '/settings/access', '/settings/password', '/welcome'])
      expect([path, (await ada.go(path)).to]).toEqual([path, '/first'])
    const page = await ada.go('/first')
    expect(page.text).toContain(en.first.heading)
    expect(page.text).toContain('autofocus')
    const done = await ada.go('/first', await first())
    expect([done.status, done.to]).toEqual([303, '/welcome'])
    const welcome = await ada.go('/welcome')
    for (const offer of [en.welcome.connect, en.welcome.sandbox]) expect(welcome.text).toContain(offer)
    expect((await ada.go('/')).status).toBe(200)
  })

  test('what is wrong stands at its field; what was typed stays, secrets do not', async () => {
    const ada = browser()
    const wrong = async (more: Record<string, string>) =>
      await ada.go('/first', await first({ name: 'Ada L', ...more }))
    const cases = [
      [{ token: 'no' }, 401, 'token', en.first.wrongToken],
      [{ again: 'other' }, 422, 'again', en.faults.again],
      [{ password: 'short', again: 'short' }, 422, 'password', en.faults.short],
      [{ name: ' ' }, 422, 'name', en.faults.nameEmpty],
    ] as const
    for (const [more, status, field, sentence] of cases) {
      const page = await wrong(more)
      expect(page.status).toBe(status)
      expect(page.text).toContain(`id="${field}-error">${sentence}</span>`)
      expect(page.text).toMatch(
        new RegExp(`<input id="${field}"[^>]*aria-describedby="[^"]*${field}-error"[^>]*aria-invalid="true" autofocus`),
      )
      expect(page.text.match(/autofocus/g)).toHaveLength(1)
      expect(page.text).not.toContain(password)
      if (field !== 'name') expect(page.text).toContain('value="Ada L"')
    }
    expect(await bench.deps.identity.users.list()).toEqual([])
  })

  test('is over once the first user exists', async () => {
    const given = await first()
    await admin()
    const eve = browser()
    expect((await eve.go('/first')).to).toBe('/login')
    const late = await eve.go('/first', { ...given, name: 'Eve' })
    expect([late.status, late.to, late.set]).toEqual([303, '/login', ''])
    expect(await bench.deps.identity.users.list()).toHaveLength(1)
  })

  test('guessing the token is slowed down', async () => {
    const eve = browser()
    let page = await eve.go('/first', await first({ token: 'x' }))
    for (let n = 0; n < 50; n++) page = await eve.go('/first', await first({ token: `x${n}` }))
    expect([page.status, page.headers.get('retry-after')]).toEqual([429, '900'])
    expect((await eve.go('/first', await first())).status).toBe(429)
  })
})

describe('signing in', () => {
  test('takes a name and a password; the cookie is strict, out of reach of scripts, and safe behind https', async () => {
    await admin()
    const ada = browser()
    expect((await ada.go('/')).to).toBe('/login')
    const done = await ada.signIn('ada')
    expect([done.status, done.to]).toEqual([303, '/'])
    expect(done.set).toMatch(/^onhand_session=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Strict$/)
    expect((await ada.go('/login')).to).toBe('/')
    const behindProxy = await browser().go('/login', { name: 'ada', password }, { 'x-forwarded-proto': 'https' })
    expect(behindProxy.set).toMatch(/; Secure/)
  })

  test('says the same for a wrong password and for a user that there is not', async () => {
    await admin()
    const [wrong, nobody] = [await browser().signIn('Ada', 'wrong'), await browser().signIn('Eve')]
    for (const page of [wrong, nobody]) {
      expect([page.status, page.set]).toEqual([401, ''])
      expect(page.text).toContain(en.login.wrong)
    }
    expect(wrong.text.replace('Ada', 'Eve')).toBe(nobody.text)
  })

  test('is slowed down, in words', async () => {
    await admin()
    const eve = browser('nl')
    for (let n = 0; n < 10; n++) expect((await eve.signIn('Ada', `wrong ${n}`)).status).toBe(401)
    const slowed = await eve.signIn('Ada')
    expect(slowed.status).toBe(429)
    expect(slowed.headers.get('retry-after')).toBe('900')
    expect(slowed.text).toContain(nl.login.tooMany.replace('{n}', '15'))
  })

  test('a forged or old cookie opens nothing; signing out ends the session, not only the cookie', async () => {
    const ada = await admin()
    const good = ada.cookie
    for (const bad of ['onhand_session=', `${good}x`, good.slice(0, -1), 'onhand_session=x', 'onhand_session=%00']) {
      const eve = browser()
      eve.cookie = bad
      expect([bad, (await eve.go('/')).status]).toEqual([bad, 303])
    }
    const out = await ada.go('/logout', {})
    expect([out.to, out.set]).toEqual(['/login', expect.stringMatching(/Max-Age=0/)])
    const stolen = browser()
    stolen.cookie = good
    expect((await stolen.go('/')).to).toBe('/login')
  })

  test('lasts while it is used', async () => {
    const ada = await admin()
    await bench.clock.advance(11 * hour)
    expect((await ada.go('/')).status).toBe(200)
    await bench.clock.advance(11 * hour)
    expect((await ada.go('/')).status).toBe(200)
    await bench.clock.advance(13 * hour)
    expect((await ada.go('/')).to).toBe('/login')
  })
})

describe('a form', () => {
  test.each([
    ['another site', { origin: 'https://evil.example' }],
    ['a page without an address', { origin: 'null' }],
    ['another site that says who it is', { 'sec-fetch-site': 'cross-site' }],
    ['a neighbour', { 'sec-fetch-site': 'same-site' }],
    ['a liar', { origin: 'http://localhost', 'sec-fetch-site': 'cross-site' }],
  ])('that %s sent does nothing', async (_name, headers: Record<string, string>) => {
    const ada = await admin()
    for (const [path, fields] of [
      ['/logout', {}],
      ['/settings/access/users', { name: 'Eve', role: 'admin', password }],
      ['/settings/access/tokens', { title: 'x', scopes: 'read', days: '0' }],
      ['/login', { name: 'Ada', password }],
    ] as const) {
      const refused = await ada.go(path, fields, headers)
      expect([path, refused.status, refused.set]).toEqual([path, 403, ''])
      expect(refused.text).toContain(en.refused.foreign)
    }
    expect((await ada.go('/')).status).toBe(200)
    expect(await bench.deps.identity.users.list()).toHaveLength(1)
  })

  test('of a proxy that ends TLS is one of ours', async () => {
    const ada = await admin()
    const done = await ada.go(
      '/settings/access/users',
      { name: 'Eve', role: 'viewer', password },
      { origin: 'https://localhost' },
    )
    expect(done.status).toBe(303)
  })

  test('is not larger than a form can be', async () => {
    const ada = await admin()
    expect((await ada.go('/settings/access/users', { name: 'x'.repeat(20_000) })).status).toBe(413)
  })
})

describe('the own password', () => {
  test('is changed by who knows it; every browser is out then', async () => {
    const ada = await admin()
    const elsewhere = browser()
    await elsewhere.signIn('Ada')
    const change = (current: string, next: string, again = next) =>
      ada.go('/settings/password', { current, password: next, again })
    expect((await change('wrong', 'another long password')).text).toContain(
      `id="current-error">${en.faults.wrongPassword}`,
    )
    expect((await change(password, 'short')).text).toContain(`id="password-error">${en.faults.short}`)
    expect((await change(password, 'another long password', 'no')).text).toContain(
      `id="again-error">${en.faults.again}`,
    )
    const done = await change(password, 'another long password')
    expect([done.status, done.to]).toEqual([303, '/login?changed'])
    expect((await ada.go('/login?changed')).text).toContain(en.login.changed)
    for (const one of [ada, elsewhere]) expect((await one.go('/')).to).toBe('/login')
    expect((await ada.signIn('Ada')).status).toBe(401)
    expect((await ada.signIn('Ada', 'another long password')).status).toBe(303)
  })
})

describe('the access page', () => {
  async function withEve(role: string) {
    const ada = await admin()
    await ada.go('/settings/access/users', { name: 'Eve', role, password })
    const eve = browser()
    await eve.signIn('Eve')
    const id = (await bench.deps.identity.users.list()).find(({ name }) => name === 'Eve')?.id ?? ''
    return { ada, eve, id }
  }

  test.each(['viewer', 'operator'])('is not for a %s', async (role) => {
    const { eve } = await withEve(role)
    expect((await eve.go('/')).text).not.toContain('/settings/access')
    const page = await eve.go('/settings/access')
    expect([page.status, page.text.includes(en.refused.role)]).toEqual([403, true])
    for (const path of ['/users', '/users/x', '/tokens', '/tokens/x/revoke'])
      expect(
        (await eve.go(`/settings/access${path}`, { name: 'x', password, title: 'x', scopes: 'read' })).status,
      ).toBe(403)
  })

  test('adds users, changes their role and password, and shuts them out', async () => {
    const { ada, eve, id } = await withEve('viewer')
    const line = `/settings/access/users/${id}`
    expect((await ada.go('/settings/access')).text).toContain('Eve')
    expect((await ada.go(line, { act: 'role', role: 'admin' })).status).toBe(303)
    expect((await eve.go('/settings/access')).status).toBe(200)
    const short = await ada.go(line, { act: 'password', password: 'short' })
    expect(short.status).toBe(422)
    expect(short.text).toContain(`id="${id}-password" `)
    expect(short.text).toContain('<details open>')
    expect((await ada.go(line, { act: 'password', password: 'a new one for Eve' })).status).toBe(303)
    expect((await eve.go('/')).to).toBe('/login')
    expect((await eve.signIn('Eve', 'a new one for Eve')).status).toBe(303)
    await ada.go(line, { act: 'disable' })
    expect((await eve.go('/')).to).toBe('/login')
    expect((await eve.signIn('Eve', 'a new one for Eve')).status).toBe(401)
    await ada.go(line, { act: 'enable' })
    expect((await eve.signIn('Eve', 'a new one for Eve')).status).toBe(303)
  })

  test('says what is wrong, and keeps the last admin', async () => {
    const ada = await admin()
    const taken = await ada.go('/settings/access/users', { name: 'ADA', role: 'viewer', password })
    expect(taken.text).toContain(`id="user-name-error">${en.faults.nameTaken}`)
    expect(taken.text).toContain('value="ADA"')
    const [me] = await bench.deps.identity.users.list()
    const last = await ada.go(`/settings/access/users/${me?.id}`, { act: 'disable' })
    expect([last.status, last.text.includes(en.faults.lastAdmin)]).toEqual([422, true])
    const gone = await ada.go('/settings/access/users/nobody', { act: 'disable' })
    expect(gone.status).toBe(422)
  })

  test('makes a token, shows it once, and revokes it', async () => {
    const ada = await admin()
    const make = (fields: Fields) => ada.go('/settings/access/tokens', fields)
    expect((await make({ title: ' ', scopes: 'read', days: '30' })).text).toContain(
      `id="token-title-error">${en.faults.titleEmpty}`,
    )
    expect((await make({ title: 'CI', days: '30' })).text).toContain(en.faults.scopesEmpty)
    const made = await make([
      ['title', 'CI <b>'],
      ['scopes', 'read'],
      ['scopes', 'stock'],
      ['days', '30'],
    ])
    expect(made.status).toBe(201)
    const secret = /onhand_[\w-]{43}/.exec(made.text)?.[0] ?? ''
    expect(made.text).toContain(en.access.shownOnce)
    expect(made.text).not.toContain('<b>')
    const [token] = await bench.deps.identity.tokens.list()
    expect(token).toMatchObject({ scopes: ['read', 'stock'], expiresAt: bench.clock.now() + 30 * 24 * hour })
    expect((await ada.go('/settings/access')).text).not.toContain(secret)
    const speaks = async () => (await bench.call('GET', '/me', undefined, { authorization: `Bearer ${secret}` })).status
    expect(await speaks()).toBe(200)
    await ada.go(`/settings/access/tokens/${token?.id}/revoke`, {})
    expect(await speaks()).toBe(401)
    expect((await ada.go('/settings/access')).text).toContain(en.tokenStates.revoked)
  })
})

describe('every page', () => {
  const pages = ['/login', '/', '/welcome', '/settings/access', '/settings/password']

  test.each([
    ['en', en],
    ['nl', nl],
  ] as const)('speaks %s, labels every field once, and needs no script', async (language, words: Words) => {
    const visitor = browser(language)
    const texts = [(await visitor.go('/first')).text]
    await visitor.go('/first', await first())
    await bench.post('/tokens', { title: 'CI', scopes: ['read'] })
    for (const path of pages.slice(1)) texts.push((await visitor.go(path)).text)
    texts.push((await browser(language).go('/login')).text)
    for (const text of texts) {
      expect(text).toContain(`<html lang="${words.language}">`)
      expect(text.match(/<h1/g)).toHaveLength(1)
      expect(text).not.toMatch(/<script|style="| on\w+="/)
      const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
      expect(new Set(ids).size).toBe(ids.length)
      const fields = [...text.matchAll(/<(?:input|select)(?! type="checkbox")[^>]* id="([^"]+)"/g)].map(([, id]) => id)
      for (const id of fields) expect(text).toContain(`<label for="${id}"`)
      for (const [, ids = ''] of text.matchAll(/aria-describedby="([^"]+)"/g))
        for (const id of ids.split(' ')) expect(text).toContain(`id="${id}"`)
    }
  })

  test('is kept by nobody, framed by nobody, and takes nothing from elsewhere', async () => {
    const ada = await admin()
    for (const path of [...pages, '/first']) {
      const { headers } = await ada.go(path)
      expect([path, headers.get('cache-control')]).toEqual([path, 'no-store'])
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
      )
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('x-frame-options')).toBe('DENY')
    }
  })

  test('that breaks says so without saying what broke', async () => {
    const ada = await admin()
    await bench.post('/tokens', { title: 'CI', scopes: ['read'] })
    // A row that no program of ours writes.
    await bench.store.db.updateTable('api_token').set({ scopes: 'secret-in-an-error' }).execute()
    const page = await ada.go('/settings/access')
    expect([page.status, page.text.includes(en.refused.broken)]).toEqual([500, true])
    expect(page.text).not.toContain('secret-in-an-error')
  })
})
