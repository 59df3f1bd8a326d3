/** The whole program with sandbox shops on its network, and browsers that keep cookies as real ones do. */

import { connectors } from '../../connectors/index.ts'
import { carrierBook } from '../../mappings/index.ts'
import { markets } from '../../mappings/markets.ts'
import { orderStateTable } from '../../mappings/order-states.ts'
import { type Fetch, seededRandom } from '../../src/clock.ts'
import type { Given } from '../../src/install.ts'
import { createLog } from '../../src/log.ts'
import { calmRhythm } from '../../src/loops.ts'
import { createProgram } from '../../src/program.ts'
import { type VirtualClock, virtualClock } from '../../src/sandbox/virtual-clock.ts'

export const home = 'https://onhand.example'
export const password = 'a long enough password'

/** Who answers at an origin. */
export type Hosts = Record<string, (request: Request) => Response | Promise<Response>>

export interface StandOptions {
  readonly apps?: Readonly<Record<string, Given>>
  readonly databaseUrl?: string
}

export async function createStand(options: StandOptions = {}) {
  const clock: VirtualClock = virtualClock()
  const random = seededRandom(1)
  const hosts: Hosts = {}
  const asked: string[] = []
  let isSilent = false
  const log: string[] = []
  const fetch: Fetch = async (request) => {
    const { origin } = new URL(request.url)
    if (origin === home && isSilent) throw new TypeError('fetch failed')
    if (origin === home) return await program.app.fetch(request)
    asked.push(`${request.method} ${request.url}`)
    const host = hosts[origin]
    if (!host) throw new TypeError('fetch failed', { cause: Object.assign(new Error('nobody'), { code: 'ENOTFOUND' }) })
    return await host(request)
  }
  const program = await createProgram({
    databaseUrl: options.databaseUrl ?? 'sqlite::memory:',
    secretKey: new Uint8Array(32).fill(7),
    adminToken: 'a-token-for-these-tests',
    publicUrl: () => home,
    connectors,
    ...(options.apps && { apps: options.apps }),
    carriers: carrierBook,
    life: { states: orderStateTable, markets },
    clock,
    random,
    fetch,
    log: createLog((line) => log.push(line), clock.now),
    rhythm: calmRhythm,
  })

  /** Keeps its cookie, and keeps it back when another site sends it somewhere, as `SameSite=Strict` says. */
  function browser(language = 'en') {
    let cookie = ''
    async function go(
      path: string,
      fields?: Record<string, string> | [string, string][],
      from: 'own' | 'other' = 'own',
    ) {
      const headers: Record<string, string> = {
        'accept-language': language,
        'sec-fetch-site': from === 'own' ? 'same-origin' : 'cross-site',
      }
      if (from === 'own' && cookie) headers.cookie = cookie
      const response = await program.app.request(new URL(path, home).href, {
        headers,
        ...(fields === undefined ? {} : { method: 'POST', body: new URLSearchParams(fields) }),
      })
      const set = response.headers.get('set-cookie')
      if (set) cookie = set.split(';')[0] ?? ''
      return { status: response.status, to: response.headers.get('location') ?? '', text: await response.text() }
    }
    return { go }
  }
  type Browser = ReturnType<typeof browser>

  async function admin(): Promise<Browser> {
    const ada = browser()
    const token = (await program.identity.firstStart.token()) ?? ''
    await ada.go('/first', { token, name: 'Ada', password, again: password })
    return ada
  }

  async function signIn(name: string, role: 'viewer' | 'operator' | 'admin', by: Browser): Promise<Browser> {
    await by.go('/settings/access/users', { name, role, password })
    const one = browser()
    await one.go('/login', { name, password })
    return one
  }

  /** Runs a promise to its end while time passes. */
  async function during<T>(work: Promise<T>): Promise<T> {
    let isDone = false
    const done = work.finally(() => {
      isDone = true
    })
    done.catch(() => undefined)
    for (let turn = 0; turn < 2000 && !isDone; turn++) await clock.advance(100)
    return await done
  }

  /** Keeps webhooks from arriving. */
  const silence = (on: boolean) => {
    isSilent = on
  }

  return { ...program, silence, clock, random, hosts, asked, log, fetch, browser, admin, signIn, during }
}

export type Stand = Awaited<ReturnType<typeof createStand>>

/** Where a page leads to by itself. */
export function onwardOf(text: string): string {
  const found = /http-equiv="refresh" content="0; url=([^"]*)"/.exec(text)?.[1] ?? ''
  return found.replaceAll('&amp;', '&').replaceAll('&#39;', "'").replaceAll('&quot;', '"')
}
