/** Settings: from the environment or a `.env` file, checked once at start; a wrong one stops with a sentence that names it. */

import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseEnv } from 'node:util'
import { z } from 'zod'

const url = z.url({ protocol: /^https?$/, error: 'must be an http(s) address such as https://onhand.example' })
const key32 = z
  .string()
  .refine((text) => Buffer.from(text, 'base64').length === 32, 'must be 32 bytes in base64 (openssl rand -base64 32)')

const settings = z.object({
  PORT: z.coerce.number({ error: 'must be a port number' }).int().min(0).max(65_535).default(3000),
  HOST: z.string().min(1).default('127.0.0.1'),
  PUBLIC_URL: url.optional(),
  DATABASE_URL: z
    .string()
    .regex(/^(sqlite:.+|postgres(ql)?:\/\/.+)$/, 'must be sqlite:FILE or postgres://…')
    .default('sqlite:./data/onhand.db'),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, 'must be redis://…')
    .optional(),
  ROLE: z.enum(['all', 'web', 'worker'], { error: 'must be all, web or worker' }).default('all'),
  SECRET_KEY: key32.optional(),
  SECRET_KEY_OLD: z
    .string()
    .transform((text) => text.split(/[\s,]+/).filter((one) => one !== ''))
    .pipe(z.array(key32))
    .optional(),
  ADMIN_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
  TRUST_PROXY: z.enum(['true', 'false'], { error: 'must be true or false' }).default('false'),
  SHOPIFY_API_KEY: z.string().optional(),
  SHOPIFY_API_SECRET: z.string().optional(),
  SHOPIFY_API_SECRET_OLD: z.string().optional(),
  TIKTOK_APP_KEY: z.string().optional(),
  TIKTOK_APP_SECRET: z.string().optional(),
  TIKTOK_SERVICE_ID: z.string().optional(),
  TIKTOK_API_ORIGIN: url.default('https://open-api.tiktokglobalshop.com'),
  TIKTOK_AUTH_ORIGIN: url.default('https://auth.tiktok-shops.com'),
  TIKTOK_CONSENT_ORIGIN: url.optional(),
})

export interface Config {
  readonly port: number
  readonly host: string
  readonly publicUrl: string | undefined
  readonly databaseUrl: string
  readonly role: 'all' | 'web' | 'worker'
  /** 32 bytes. */
  readonly secretKey: Uint8Array
  /** Keys that sealed before this one did; they only open. */
  readonly oldSecretKeys: readonly Uint8Array[]
  readonly adminToken: string
  readonly trustProxy: boolean
  /** The keys of the merchant's own apps, by platform and by the names that the connectors give them; none where one is missing. */
  readonly apps: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Files that this start made, to be told to the person. */
  readonly made: readonly { readonly file: string; readonly what: string }[]
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

type Environment = Readonly<Record<string, string | undefined>>

/** Reads and checks every setting. Makes the two secrets that are missing and keeps them beside the database, for the owner's eyes only. */
export function loadConfig(environment: Environment): Config {
  const stated = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  )
  const parsed = settings.safeParse(stated)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new ConfigError(
      `The setting ${String(issue?.path[0] ?? '?')} is wrong: it ${issue?.message ?? 'cannot be read'}.`,
    )
  }
  const all = parsed.data
  if (all.REDIS_URL)
    throw new ConfigError(
      'The setting REDIS_URL is wrong: it cannot be used yet. Remove it: one process with the embedded queue is what works today.',
    )
  const folder = dataFolder(all.DATABASE_URL)
  const keyFile = join(folder, 'secret.key')
  const secret = all.SECRET_KEY ? given(all.SECRET_KEY) : kept(keyFile, () => randomBase64(32))
  const token = all.ADMIN_TOKEN
    ? given(all.ADMIN_TOKEN)
    : kept(join(folder, 'admin.token'), () => randomBase64(24).replaceAll(/[+/=]/g, 'x'))
  const made = [
    ...(secret.isNew ? [{ file: keyFile, what: "the key that seals the shops' credentials" }] : []),
    ...(token.isNew
      ? [{ file: join(folder, 'admin.token'), what: 'the token of the command line on this machine' }]
      : []),
  ]
  return {
    port: all.PORT,
    host: all.HOST,
    publicUrl: all.PUBLIC_URL?.replace(/\/+$/, ''),
    databaseUrl: all.DATABASE_URL,
    role: all.ROLE,
    secretKey: bytesOf(secret.text, keyFile),
    oldSecretKeys: [
      ...(all.SECRET_KEY_OLD ?? []).map((text) => bytesOf(text, 'SECRET_KEY_OLD')),
      ...(existsSync(`${keyFile}.old`)
        ? [bytesOf(readFileSync(`${keyFile}.old`, 'utf8').trim(), `${keyFile}.old`)]
        : []),
    ],
    adminToken: token.text,
    trustProxy: all.TRUST_PROXY === 'true',
    apps: {
      ...whole(
        'shopify',
        { clientId: all.SHOPIFY_API_KEY, clientSecret: all.SHOPIFY_API_SECRET },
        {
          previousClientSecret: all.SHOPIFY_API_SECRET_OLD,
        },
      ),
      ...whole(
        'tiktok-shop',
        { appKey: all.TIKTOK_APP_KEY, appSecret: all.TIKTOK_APP_SECRET, serviceId: all.TIKTOK_SERVICE_ID },
        {
          apiOrigin: all.TIKTOK_API_ORIGIN,
          authOrigin: all.TIKTOK_AUTH_ORIGIN,
          consentOrigin: all.TIKTOK_CONSENT_ORIGIN,
        },
      ),
    },
    made,
  }
}

type Stated = Readonly<Record<string, string | undefined>>

/** An app whose keys are all there; half of one is none, and is entered in the pages. */
function whole(platform: string, needed: Stated, more: Stated = {}): Record<string, Record<string, string>> {
  const filled = (part: Stated) => Object.entries(part).flatMap(([name, text]) => (text ? [[name, text] as const] : []))
  if (filled(needed).length < Object.keys(needed).length) return {}
  return { [platform]: Object.fromEntries([...filled(needed), ...filled(more)]) }
}

/** Beside the database file; a database elsewhere has none. */
function dataFolder(databaseUrl: string): string {
  const file = databaseUrl.startsWith('sqlite:') ? databaseUrl.slice('sqlite:'.length) : ':memory:'
  return file === ':memory:' ? './data' : dirname(file)
}

const given = (text: string) => ({ text, isNew: false })

function bytesOf(text: string, file: string): Uint8Array {
  const bytes = new Uint8Array(Buffer.from(text, 'base64'))
  if (bytes.length === 32) return bytes
  throw new ConfigError(
    `The file ${file} is damaged: it must hold 32 bytes in base64. Restore it; without it every shop has to be connected again.`,
  )
}

const randomBase64 = (bytes: number) => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('base64')

/** A secret kept in a file that only its owner may read. */
function kept(file: string, make: () => string): { text: string; isNew: boolean } {
  if (existsSync(file)) return { text: readFileSync(file, 'utf8').trim(), isNew: false }
  // The books beside it hold names and addresses: the folder is its owner's alone.
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const text = make()
  writeFileSync(file, `${text}\n`, { mode: 0o600, flag: 'wx' })
  chmodSync(file, 0o600)
  return { text, isNew: true }
}

/** The process environment with a `.env` file behind it: what the environment says wins. */
export function readEnvironment(processEnv: Environment, file = '.env'): Environment {
  if (!existsSync(file)) return processEnv
  const fromFile = parseEnv(readFileSync(file, 'utf8'))
  return { ...fromFile, ...processEnv }
}
