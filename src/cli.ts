/** The command line over the JSON API: what is in sync, what is counted and what waits, from any machine that reaches it. */

import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { catalogueCommands } from './cli/catalogue.ts'
import type { Api, Command } from './cli/command.ts'
import { explain } from './cli/explain.ts'
import { goLive } from './cli/go-live.ts'
import { rules } from './cli/rules.ts'
import { plain, Stop, table } from './cli/tell.ts'

const usage = `Usage: npm run onhand -- COMMAND [--json]

  status                          whether everything is in sync
  accounts                        the connected shops
  skus                            what is counted, and what each shop was last told
  adjust SKU UNITS --reason TEXT  correct the count; UNITS may be -3 or +12
  explain SKU [--at TIME] [--lang nl]
                                  why the shops show what they show, now or at a past instant
  rules [--account ID] [--sku SKU]
                                  what is decided about the numbers
  rules set SKU NAME VALUE [--account ID] [--listing ID] [--from TIME] [--until TIME]
                                  decide it; SKU may be \`all\`; names: policy, allowance, buffer, percentage,
                                  min, cap, share, fixed, lock, pause (on), safety
  rules clear SKU NAME [--account ID] [--listing ID]
                                  take it back
  rules history                   all that was ever decided
  orders [--account ID] [--phase PHASE]
  parcels [--account ID]          what left, and whether its number is told
  push-anyway ACCOUNT PARCEL --reason TEXT [--by NAME] [--carrier NAME]
                                  tell a held tracking number all the same
  problems                        what waits for a person
  retry ID                        try a problem again now
  dismiss ID                      leave a problem as it is
  import ACCOUNT                  read a shop's listings and shelves, and wait for it
  links-out                       what every listing sells, as a file: links-out > FILE
  links-in FILE [--dry-run]       take such a file back, whole or not at all
  undo-links                      take the last linking back
  dry-run ACCOUNT [--lang nl]     what going live would change in a shop, the riskiest first
  go-live ACCOUNT [--listing ID | --sku SKU]
                                  let it, or that part of it, be written to
  kept-shelf ACCOUNT              what it showed before it went live
  audit                           what is to be done before stock can be kept: listings that are
                                  unlinked, untracked, endless, doubled or carry a repeated sku
  replay [--from TIME] [--to TIME] [--database URL]
                                  go through the recorded history again, and compare
                                  (reads the database itself: DATABASE_URL, here or in .env)
  vault status                    under which keys the shops' credentials are sealed
  vault rotate                    seal them all under the current key
  users                           who signs in, and as what
  reset-password NAME             give a user a new password, shown once

  --json    the answer as JSON, for scripts
  --limit N at most N rows of a list (default 200)

ONHAND_URL says where Onhand is (http://127.0.0.1:3000), ONHAND_TOKEN (or ADMIN_TOKEN) who asks;
without one the token is read from ./data/admin.token.

Exit codes: 0 done, 1 refused or out of reach, 2 not a command,
3 (status, vault) something waits for a person, (replay) something differs.
`

const misuse = (message: string) => new Stop(`${message}\n\n${usage}`, 2)

// ---------------------------------------------------------------- asking

const refusal = z.looseObject({
  title: z.string(),
  detail: z.string(),
  errors: z.array(z.object({ field: z.string(), reason: z.string() })).default([]),
})

function createApi(origin: string, token: string): Api {
  async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const headers: Record<string, string> = { authorization: `Bearer ${token}` }
    if (method === 'POST') headers['idempotency-key'] = crypto.randomUUID()
    let response: Response
    try {
      response = await fetch(`${origin}/api${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
    } catch {
      throw new Stop(`Nobody answers at ${origin}. Is Onhand running? ONHAND_URL says where it is.`, 1)
    }
    const isFile = response.ok && response.headers.get('content-type')?.startsWith('text/csv')
    const answer: unknown = await (isFile ? response.text() : response.json().catch(() => undefined))
    if (response.ok && answer !== undefined) return answer
    const said = refusal.safeParse(answer)
    if (!said.success) throw new Stop(`${origin} answered ${response.status}, and not as Onhand does.`, 1)
    const errors = said.data.errors.map(({ field, reason }) => `\n  ${field}: ${reason}`)
    throw new Stop(`${said.data.title}. ${said.data.detail}${errors.join('')}`, 1)
  }
  const get = (path: string) => ask('GET', path)
  return {
    get,
    post: (path, body) => ask('POST', path, body),
    put: (path, body) => ask('PUT', path, body),
    patch: (path, body) => ask('PATCH', path, body),
    delete: (path) => ask('DELETE', path),
    list: (path, limit, filters) => list(get, path, limit, filters),
  }
}

const rowsPerPage = 200
const pageAnswer = z.object({ items: z.array(z.unknown()), next: z.string().nullable() })

/** Up to `limit` rows of a list, page after page. */
async function list(
  get: Api['get'],
  path: string,
  limit: number,
  filters: Readonly<Record<string, string | undefined>> = {},
) {
  const items: unknown[] = []
  let next: string | null = null
  do {
    const query = new URLSearchParams({ limit: String(Math.min(rowsPerPage, limit - items.length)) })
    for (const [name, value] of Object.entries(filters)) if (value !== undefined) query.set(name, value)
    if (next !== null) query.set('after', next)
    const page = pageAnswer.parse(await get(`${path}?${query}`))
    items.push(...page.items)
    next = page.next
  } while (next !== null && items.length < limit)
  return items
}

// ---------------------------------------------------------------- telling

const seconds = (ms: number | null) => (ms === null ? '-' : `${(ms / 1000).toFixed(1)} s`)

const units = z.number()
const text = z.string().nullable()
const statusAnswer = z.looseObject({
  version: z.string(),
  totals: z.looseObject({ due: units, problems: z.record(z.string(), units) }),
  accounts: z.array(
    z.looseObject({
      id: z.string(),
      state: z.string(),
      due: units,
      parked: units,
      lastPollAt: text,
      latency: z.object({ p50Ms: units.nullable(), p95Ms: units.nullable(), p99Ms: units.nullable() }),
    }),
  ),
})
const accountRow = z.looseObject({
  id: z.string(),
  title: z.string(),
  state: z.string(),
  shop: z.string(),
  fulfilledBy: text,
  reason: text,
})
const userRow = z.looseObject({
  id: z.string(),
  name: z.string(),
  role: z.string(),
  state: z.string(),
  signedInAt: text,
})
const usersAnswer = z.looseObject({ items: z.array(userRow) })
const seals = z.looseObject({
  keyId: z.string(),
  byKey: z.record(z.string(), units),
  waiting: units,
  moved: units.optional(),
})
const skuRow = z.looseObject({
  sku: z.string(),
  onHand: units,
  reserved: units,
  available: units,
  listings: z.array(z.looseObject({ account: z.string(), lastTold: z.looseObject({ units }).nullable() })),
})
const orderRow = z.looseObject({
  account: z.string(),
  order: z.string(),
  name: z.string(),
  phase: z.string(),
  placedAt: z.string(),
  unlinkedLines: units,
})
const problemRow = z.looseObject({
  id: z.string(),
  account: z.string(),
  subject: z.string(),
  reason: z.string(),
  meaning: z.string(),
  since: z.string(),
  verbs: z.array(z.string()),
})
const parcelRow = z.looseObject({
  account: z.string(),
  shipment: z.string(),
  carrier: text,
  numbers: z.array(z.string()),
  tracking: z.string(),
  reasons: z.array(z.looseObject({ sentence: z.string() })),
})
function showStatus(answer: unknown): string {
  const { version, totals, accounts } = statusAnswer.parse(answer)
  const waiting = Object.values(totals.problems).reduce((sum, count) => sum + count, 0)
  const verdict = waiting > 0 ? `${waiting} problem(s) wait for you` : totals.due > 0 ? 'catching up' : 'in sync'
  return `Onhand ${version}: ${verdict}\n\n${table(
    ['ACCOUNT', 'STATE', 'DUE', 'PARKED', 'P50', 'P95', 'P99', 'LAST ASKED'],
    accounts.map(({ id, state, due, parked, latency, lastPollAt }) => [
      id,
      state,
      due,
      parked,
      seconds(latency.p50Ms),
      seconds(latency.p95Ms),
      seconds(latency.p99Ms),
      lastPollAt,
    ]),
  )}`
}

function showProblems(items: unknown): string {
  const problems = z.array(problemRow).parse(items)
  if (problems.length === 0) return 'Nothing waits for you.\n'
  return problems
    .map(({ id, account, subject, reason, meaning, since, verbs }) =>
      [
        `${plain(subject)} (${plain(account)}, since ${since})`,
        `  ${plain(reason)}`,
        `  ${meaning}`,
        ...verbs.map((verb) => `  ${verb} ${id}`),
        '',
      ].join('\n'),
    )
    .join('\n')
}

// ---------------------------------------------------------------- the commands

const word = (words: readonly string[], at: number): string => words[at] ?? ''
const path = (text: string) => encodeURIComponent(text)
const shownAs = (headings: readonly string[], rowsOf: (items: unknown) => unknown[][]) => (items: unknown) =>
  table(headings, rowsOf(items))

const verb = (name: 'retry' | 'dismiss', done: string): Command => ({
  takes: ['ID'],
  run: ({ api, words }) => api.post(`/problems/${path(word(words, 0))}/${name}`),
  show: (answer) =>
    z.looseObject({ isSolved: z.boolean() }).parse(answer).isSolved
      ? `${done}\n`
      : 'Done, but the problem is still there.\n',
})

const commands: Readonly<Record<string, Command>> = {
  status: {
    takes: [],
    run: ({ api }) => api.get('/status'),
    show: showStatus,
    code: (answer) => (Object.values(statusAnswer.parse(answer).totals.problems).some((count) => count > 0) ? 3 : 0),
  },
  accounts: {
    takes: [],
    run: ({ api, limit }) => api.list('/accounts', limit),
    show: shownAs(['ACCOUNT', 'TITLE', 'STATE', 'SHOP', 'FULFILLED BY', 'REASON'], (items) =>
      z
        .array(accountRow)
        .parse(items)
        .map(({ id, title, state, shop, fulfilledBy, reason }) => [id, title, state, shop, fulfilledBy, reason]),
    ),
  },
  skus: {
    takes: [],
    run: ({ api, limit }) => api.list('/skus', limit),
    show: shownAs(['SKU', 'ON HAND', 'RESERVED', 'AVAILABLE', 'LAST TOLD'], (items) =>
      z
        .array(skuRow)
        .parse(items)
        .map(({ sku, onHand, reserved, available, listings }) => [
          sku,
          onHand,
          reserved,
          available,
          listings.map(({ account, lastTold }) => `${account}=${lastTold?.units ?? '?'}`).join(' '),
        ]),
    ),
  },
  adjust: {
    takes: ['SKU', 'UNITS'],
    async run({ api, words, options }) {
      if (!/^[+-]?\d+$/.test(word(words, 1))) throw misuse(`UNITS must be a whole number, not ${word(words, 1)}.`)
      if (!options.reason) throw misuse('Say why: --reason "counted the shelf".')
      const body = { kind: 'adjust', units: Number(word(words, 1)), reason: options.reason }
      return await api.post(`/skus/${path(word(words, 0))}/adjust`, body)
    },
    show(answer) {
      const { sku, onHand, reserved, available } = skuRow.omit({ listings: true }).parse(answer)
      return `${plain(sku)}: ${onHand} on hand, ${reserved} reserved, ${available} available\n`
    },
  },
  explain,
  ...rules,
  ...goLive,
  orders: {
    takes: [],
    run: ({ api, limit, options: { account, phase } }) => api.list('/orders', limit, { account, phase }),
    show: shownAs(['ACCOUNT', 'ORDER', 'ID', 'PHASE', 'PLACED', 'UNLINKED LINES'], (items) =>
      z
        .array(orderRow)
        .parse(items)
        .map(({ account, name, order, phase, placedAt, unlinkedLines }) => [
          account,
          name,
          order,
          phase,
          placedAt,
          unlinkedLines || '',
        ]),
    ),
  },
  parcels: {
    takes: [],
    run: ({ api, limit, options: { account } }) => api.list('/shipments', limit, { account }),
    show: shownAs(['ACCOUNT', 'PARCEL', 'CARRIER', 'NUMBERS', 'TRACKING', 'WHY'], (items) =>
      z
        .array(parcelRow)
        .parse(items)
        .map(({ account, shipment, carrier, numbers, tracking, reasons }) => [
          account,
          shipment,
          carrier,
          numbers.join(' '),
          tracking,
          reasons.map(({ sentence }) => sentence).join(' '),
        ]),
    ),
  },
  'push-anyway': {
    takes: ['ACCOUNT', 'PARCEL'],
    async run({ api, words, options }) {
      if (!options.reason) throw misuse('Say why the number is right: --reason "checked it with the carrier".')
      const body = {
        note: options.reason,
        ...(options.by === undefined ? {} : { by: options.by }),
        ...(options.carrier === undefined ? {} : { carrier: options.carrier }),
      }
      return await api.post(`/shipments/${path(word(words, 0))}/${path(word(words, 1))}/push-anyway`, body)
    },
    show(answer) {
      const { parcel } = z.looseObject({ parcel: parcelRow }).parse(answer)
      const why = parcel.reasons.map(({ sentence }) => sentence).join(' ')
      return `${plain(parcel.shipment)}: ${parcel.tracking} ${plain(parcel.numbers.join(' '))}${why && ` (${plain(why)})`}\n`
    },
  },
  problems: { takes: [], run: ({ api, limit }) => api.list('/problems', limit), show: showProblems },
  retry: verb('retry', 'It is tried again now.'),
  dismiss: verb('dismiss', 'It is left as it is.'),
  ...catalogueCommands,
  users: {
    takes: [],
    run: async ({ api }) => usersAnswer.parse(await api.get('/users')).items,
    show: shownAs(['NAME', 'ROLE', 'STATE', 'LAST SIGNED IN'], (items) =>
      z
        .array(userRow)
        .parse(items)
        .map(({ name, role, state, signedInAt }) => [name, role, state, signedInAt]),
    ),
  },
  'reset-password': {
    takes: ['NAME'],
    async run({ api, words }) {
      const name = word(words, 0).toLowerCase()
      const found = usersAnswer.parse(await api.get('/users')).items.find((user) => user.name.toLowerCase() === name)
      if (!found) throw new Stop(`There is no user ${plain(word(words, 0))}.`, 1)
      const password = Buffer.from(crypto.getRandomValues(new Uint8Array(18))).toString('base64url')
      await api.patch(`/users/${path(found.id)}`, { password })
      return { name: found.name, password }
    },
    show(answer) {
      const { name, password } = z.object({ name: z.string(), password: z.string() }).parse(answer)
      return `${plain(name)} was signed out everywhere. The new password, shown once: ${password}\n`
    },
  },
  vault: {
    takes: ['status or rotate'],
    async run({ api, words }) {
      const action = word(words, 0)
      if (action === 'status') return await api.get('/vault')
      if (action === 'rotate') return await api.post('/vault/rotate')
      throw misuse('vault takes status or rotate.')
    },
    show(answer) {
      const { keyId, byKey, waiting, moved } = seals.parse(answer)
      const lines = Object.entries(byKey).map(([id, count]) => `key ${plain(id)}: ${count} credentials\n`)
      const end =
        waiting === 0
          ? 'Nothing lies under an old key: it may be forgotten.\n'
          : `${waiting} wait for \`vault rotate\`; keep the old key until then.\n`
      return `${moved === undefined ? '' : `${moved} moved to key ${plain(keyId)}\n`}${lines.join('')}${end}`
    },
    code: (answer) => (seals.parse(answer).waiting > 0 ? 3 : 0),
  },
}

// ---------------------------------------------------------------- the start

function tokenFrom(environment: NodeJS.ProcessEnv): string {
  const given = environment.ONHAND_TOKEN || environment.ADMIN_TOKEN
  if (given) return given
  try {
    return readFileSync('./data/admin.token', 'utf8').trim()
  } catch {
    throw new Stop('No token: set ONHAND_TOKEN, or start this where ./data/admin.token is.', 1)
  }
}

const options = {
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
  limit: { type: 'string', default: '200' },
  account: { type: 'string' },
  phase: { type: 'string' },
  reason: { type: 'string' },
  by: { type: 'string' },
  carrier: { type: 'string' },
  'dry-run': { type: 'boolean' },
  listing: { type: 'string' },
  sku: { type: 'string' },
  at: { type: 'string' },
  lang: { type: 'string' },
  from: { type: 'string' },
  until: { type: 'string' },
  to: { type: 'string' },
  database: { type: 'string' },
} as const

/** Puts a negative number out of reach of the option parser, which would take `-3` for options. */
function parse(given: readonly string[]) {
  const shielded = given.map((one) => (/^-\d+$/.test(one) ? ` ${one}` : one))
  try {
    const { values, positionals } = parseArgs({ args: shielded, options, allowPositionals: true })
    return { values, positionals: positionals.map((one) => one.trim()) }
  } catch (error) {
    throw misuse(error instanceof Error ? error.message : String(error))
  }
}

/** The one command that reads the books themselves; what it needs is loaded for it alone. */
async function replayHere(
  { database, from, to, json }: ReturnType<typeof parse>['values'],
  environment: NodeJS.ProcessEnv,
): Promise<number> {
  const { readEnvironment } = await import('./config.ts')
  const { replayCommand } = await import('./replay/command.ts')
  const url = database || readEnvironment(environment).DATABASE_URL || 'sqlite:./data/onhand.db'
  const { text, code } = await replayCommand({ database: url, from, to, json })
  const isTold = code === 0 || code === 3
  ;(isTold ? process.stdout : process.stderr).write(text)
  return code
}

async function main(given: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const { values, positionals } = parse(given)
  const pair = positionals.slice(0, 2).join(' ')
  const isPair = Object.hasOwn(commands, pair) && positionals.length > 1
  const [name, ...words] = isPair ? [pair, ...positionals.slice(2)] : positionals
  if (values.help || name === 'help') {
    process.stdout.write(usage)
    return 0
  }
  if (name === 'replay' && words.length === 0) return await replayHere(values, environment)
  const command = name === undefined || !Object.hasOwn(commands, name) ? undefined : commands[name]
  if (!command) throw misuse(name === undefined ? 'Say what to do.' : `There is no command ${name}.`)
  if (words.length !== command.takes.length)
    throw misuse(`${name} takes ${command.takes.join(' and ') || 'nothing more'}.`)
  const limit = Number(values.limit)
  if (!Number.isInteger(limit) || limit < 1) throw misuse('--limit must be a whole number above 0.')
  const origin = (environment.ONHAND_URL || 'http://127.0.0.1:3000').replace(/\/+$/, '')
  const api = createApi(origin, tokenFrom(environment))
  const answer = await command.run({ api, words, options: values, limit })
  process.stdout.write(values.json ? `${JSON.stringify(answer, null, 2)}\n` : command.show(answer))
  return command.code?.(answer) ?? 0
}

try {
  process.exitCode = await main(process.argv.slice(2), process.env)
} catch (error) {
  if (!(error instanceof Stop)) throw error
  process.stderr.write(`${error.message.trimEnd()}\n`)
  process.exitCode = error.code
}
