import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ConfigError, loadConfig, readEnvironment } from '../src/config.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onhand-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const given = (more: Record<string, string | undefined> = {}) => ({
  DATABASE_URL: `sqlite:${join(folder, 'data', 'onhand.db')}`,
  ...more,
})

describe('settings', () => {
  it('are all optional', () => {
    const config = loadConfig(given())
    expect(config).toMatchObject({ port: 3000, host: '127.0.0.1', publicUrl: undefined, role: 'all' })
    expect(config.secretKey).toHaveLength(32)
    expect(config.adminToken.length).toBeGreaterThanOrEqual(16)
  })

  it.each([
    ['PORT', 'many'],
    ['PORT', '70000'],
    ['PORT', '80.5'],
    ['PUBLIC_URL', 'ftp://onhand.example'],
    ['PUBLIC_URL', 'onhand.example'],
    ['DATABASE_URL', 'mysql://somewhere'],
    ['DATABASE_URL', 'sqlite:'],
    ['REDIS_URL', 'http://localhost'],
    ['ROLE', 'boss'],
    ['SECRET_KEY', 'c2hvcnQ='],
    ['SECRET_KEY_OLD', 'c2hvcnQ='],
    ['TRUST_PROXY', 'maybe'],
    ['ADMIN_TOKEN', 'short'],
    ['TIKTOK_API_ORIGIN', 'nowhere'],
  ])('%s = %s stops the start with a sentence that names it', (name, value) => {
    expect(() => loadConfig(given({ [name]: value }))).toThrow(ConfigError)
    expect(() => loadConfig(given({ [name]: value }))).toThrow(
      new RegExp(`^The setting ${name} is wrong: it (must|cannot) .*\\.$`),
    )
  })

  it('that are empty count as not given', () => {
    expect(loadConfig(given({ PORT: '', ROLE: '' }))).toMatchObject({ port: 3000, role: 'all' })
  })

  it('lose the slash at the end of an address', () => {
    expect(loadConfig(given({ PUBLIC_URL: 'https://onhand.example//' })).publicUrl).toBe('https://onhand.example')
  })

  it('that are secret are made once, kept, and readable by their owner only', () => {
    const first = loadConfig(given())
    const second = loadConfig(given())
    expect([first.made.map(({ file }) => basename(file)), second.made]).toEqual([['secret.key', 'admin.token'], []])
    expect(second.adminToken).toBe(first.adminToken)
    expect(second.secretKey).toEqual(first.secretKey)
    for (const file of ['secret.key', 'admin.token'])
      expect(statSync(join(folder, 'data', file)).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700)
  })

  it('that are given are used, and not written down', () => {
    const key = Buffer.alloc(32, 3).toString('base64')
    const config = loadConfig(given({ SECRET_KEY: key, ADMIN_TOKEN: 'sixteen characters' }))
    expect(config).toMatchObject({ adminToken: 'sixteen characters', made: [] })
    expect(() => readFileSync(join(folder, 'data', 'secret.key'))).toThrow('ENOENT')
  })

  it('of a damaged key file are refused by its name', () => {
    loadConfig(given())
    writeFileSync(join(folder, 'data', 'secret.key'), 'half a k')
    expect(() => loadConfig(given())).toThrow(/secret\.key/)
  })
})

describe('a key that was replaced', () => {
  it('still opens: from the setting, and from the file beside the new one', () => {
    const keys = [1, 2].map((byte) => Buffer.alloc(32, byte).toString('base64'))
    expect(loadConfig(given()).oldSecretKeys).toEqual([])
    const config = loadConfig(given({ SECRET_KEY_OLD: keys.join(', ') }))
    expect(config.oldSecretKeys).toEqual([new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)])

    const file = join(folder, 'data', 'secret.key')
    renameSync(file, `${file}.old`)
    const next = loadConfig(given())
    expect(next.oldSecretKeys).toEqual([config.secretKey])
    expect(next.secretKey).not.toEqual(config.secretKey)
    writeFileSync(`${file}.old`, 'half a k')
    expect(() => loadConfig(given())).toThrow(/secret\.key\.old/)
  })
})

describe('a .env file', () => {
  it('fills in what the environment does not say', () => {
    const file = join(folder, '.env')
    writeFileSync(file, 'PORT=4000\nHOST="0.0.0.0"\n# a comment\n')
    expect(readEnvironment({ PORT: '5000' }, file)).toEqual({ PORT: '5000', HOST: '0.0.0.0' })
    expect(readEnvironment({ PORT: '5000' }, join(folder, 'none'))).toEqual({ PORT: '5000' })
  })
})
