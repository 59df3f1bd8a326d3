import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { storeBattery } from '../contract/store.ts'

const folder = mkdtempSync(join(tmpdir(), 'onhand-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
storeBattery('SQLite', async () => `sqlite:${join(folder, `${++files}.db`)}`)
