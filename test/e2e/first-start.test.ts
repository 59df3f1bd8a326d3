/** `npm start` in an empty folder, as the process it is: what it makes, what it says, and what is worth nothing afterwards. */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, it } from 'vitest'

const main = join(import.meta.dirname, '../../src/main.ts')
const password = 'a long enough password'

let folder: string
let running: ChildProcess | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onhand-first-'))
})
afterEach(async () => {
  await stop()
  rmSync(folder, { recursive: true, force: true })
})

async function stop(): Promise<void> {
  const child = running
  running = undefined
  if (!child || child.exitCode !== null) return
  await new Promise((resolve) => {
    child.once('exit', resolve)
    child.kill('SIGTERM')
  })
}

/** Starts it here, and resolves when it listens and has said what it had to say. */
async function start(environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], {
    cwd: folder,
    env: { PATH: process.env.PATH, PORT: '0', ROLE: 'web', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running = child
  const said: string[] = []
  let errors = ''
  child.stderr.on('data', (text) => {
    errors += String(text)
  })
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`It stopped with ${code}: ${errors}`)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      said.push(line)
      const [, address] = /"fact":"listening","address":"([^"]+)"/.exec(line) ?? []
      if (address !== undefined) resolve(address)
    })
  })
  // Whoever asks the page waits for what is said before it is asked.
  await expect.poll(async () => (await fetch(`${url}/health`)).status).toBe(200)
  return { url, said: () => said.join('\n') }
}

const tokenIn = (text: string) => /^ {4}([\w-]{32})$/m.exec(text)?.[1]

const form = async (url: string, path: string, fields: Record<string, string>) =>
  await fetch(`${url}${path}`, {
    method: 'POST',
    body: new URLSearchParams(fields),
    headers: { origin: url },
    redirect: 'manual',
  })

it('makes its keys, prints one token, and that makes one user', { timeout: 60_000 }, async () => {
  const first = await start()
  await expect.poll(() => tokenIn(first.said())).toBeDefined()
  const text = first.said()
  expect(text).toContain(`Open ${first.url}/first and give this token`)
  for (const file of ['secret.key', 'admin.token']) {
    expect(text).toContain(`Made ${join('data', file)}`)
    expect(statSync(join(folder, 'data', file)).mode & 0o777).toBe(0o600)
    // Said to exist, not said what it is.
    expect(text).not.toContain(readFileSync(join(folder, 'data', file), 'utf8').trim())
  }
  const token = tokenIn(text) ?? ''
  await stop()

  // A terminal that was closed is no loss: the next start says it again.
  const second = await start()
  await expect.poll(() => tokenIn(second.said())).toBe(token)
  expect(second.said()).not.toContain('Made ')
  const given = { token, name: 'Ada', password, again: password }
  const made = await form(second.url, '/first', given)
  expect([made.status, made.headers.get('location')]).toEqual([303, '/welcome'])
  const cookie = (made.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  await stop()

  const third = await start()
  expect((await form(third.url, '/first', { ...given, name: 'Eve' })).headers.get('location')).toBe('/login')
  expect((await fetch(`${third.url}/welcome`, { headers: { cookie } })).status).toBe(200)
  expect(tokenIn(third.said())).toBeUndefined()
  const api = { headers: { authorization: `Bearer ${readFileSync(join(folder, 'data/admin.token'), 'utf8').trim()}` } }
  expect(await (await fetch(`${third.url}/api/users`, api)).json()).toMatchObject({
    items: [{ name: 'Ada', role: 'admin' }],
  })
})
