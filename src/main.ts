/** The Node entry: environment → settings → store → channels → HTTP and loops; drains on SIGTERM. */

import { serve } from '@hono/node-server'
import { connectors } from '../connectors/index.ts'
import { carrierBook } from '../mappings/index.ts'
import { markets } from '../mappings/markets.ts'
import { orderStateTable } from '../mappings/order-states.ts'
import { systemClock, systemRandom } from './clock.ts'
import { ConfigError, loadConfig, readEnvironment } from './config.ts'
import { createLog, reasonOf } from './log.ts'
import { calmRhythm } from './loops.ts'
import { createProgram } from './program.ts'

/** A stop that takes longer than this is cut: what was under way is looked up at the next start. */
const drainMsMax = 15_000

const say = (text: string) => process.stdout.write(`${text}\n`)

const firstWords = (url: string, token: string) => `
Nobody can sign in yet. Open ${url}/first and give this token to make the first user:

    ${token}

It is worth nothing once that user exists.
`

async function start(): Promise<void> {
  const config = loadConfig(readEnvironment(process.env))
  const log = createLog(say, systemClock.now)
  for (const { file, what } of config.made)
    say(`Made ${file}, ${what}. Only you may read it; keep a copy of it in a safe place.`)
  let port = config.port
  const publicUrl = () => config.publicUrl ?? `http://${config.host}:${port}`
  const program = await createProgram({
    databaseUrl: config.databaseUrl,
    secretKey: config.secretKey,
    oldSecretKeys: config.oldSecretKeys,
    adminToken: config.adminToken,
    trustProxy: config.trustProxy,
    publicUrl,
    connectors,
    apps: config.apps,
    carriers: carrierBook,
    life: { states: orderStateTable, markets },
    clock: systemClock,
    random: systemRandom,
    fetch: (request) => fetch(request),
    log,
    rhythm: calmRhythm,
  })
  const server =
    config.role === 'worker' ? undefined : serve({ fetch: program.app.fetch, hostname: config.host, port: config.port })
  if (server) {
    await new Promise<void>((resolve, reject) => {
      server.once('listening', resolve)
      server.once('error', reject)
    })
    const address = server.address()
    if (address && typeof address === 'object') port = address.port
    log.info('listening', { address: publicUrl(), role: config.role })
    const token = await program.identity.firstStart.token()
    if (token !== undefined) say(firstWords(publicUrl(), token))
  }
  if (config.role !== 'web') {
    await program.engine.start()
    program.care.start()
  }

  let stopping = false
  const stop = (signal: string) => {
    if (stopping) return
    stopping = true
    log.info('stopping', { signal })
    setTimeout(() => process.exit(1), drainMsMax).unref()
    server?.close()
    program.close().then(
      () => {
        log.info('stopped')
        process.exit(0)
      },
      (error) => {
        log.error('stopped badly', { reason: reasonOf(error) })
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', () => stop('SIGTERM'))
  process.on('SIGINT', () => stop('SIGINT'))
}

start().catch((error) => {
  process.stderr.write(
    `${error instanceof ConfigError ? error.message : `Onhand could not start: ${reasonOf(error)}`}\n`,
  )
  process.exit(1)
})
