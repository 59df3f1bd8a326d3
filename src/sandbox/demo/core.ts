/** Onhand itself as the demo runs it: a process of its own, started again when it dies. */

import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface Core {
  readonly url: string
  readonly pid: () => number | undefined
  /** How often it had to be started again. */
  readonly restarts: () => number
  stop(): Promise<void>
}

const startWithinMs = 30_000

/** `port` 0 lets the system choose; a restart keeps the one that was chosen, as the shops' webhooks point there. */
export async function startCore(options: {
  folder: string
  adminToken: string
  port: number
  onLine: (line: string) => void
}): Promise<Core> {
  let port = options.port
  let child: ChildProcess | undefined
  let stopping = false
  let restarts = 0

  async function start(): Promise<void> {
    const started = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'src/main.ts'], {
      env: {
        ...process.env,
        HOST: '127.0.0.1',
        PORT: String(port),
        PUBLIC_URL: '',
        DATABASE_URL: `sqlite:${options.folder}/onhand.db`,
        REDIS_URL: '',
        ROLE: 'all',
        SECRET_KEY: '',
        ADMIN_TOKEN: options.adminToken,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    child = started
    started.once('exit', () => {
      if (stopping) return
      restarts++
      void start()
    })
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('Onhand did not start in time.')), startWithinMs)
      started.once('exit', (code) => reject(new Error(`Onhand stopped at the start (exit code ${code}).`)))
      createInterface({ input: started.stdout }).on('line', (line) => {
        options.onLine(line)
        const address = /"fact":"listening","address":"http:\/\/127\.0\.0\.1:(\d+)"/.exec(line)
        if (!address?.[1]) return
        port = Number(address[1])
        clearTimeout(timer)
        resolve()
      })
    })
  }

  await start()
  return {
    url: `http://127.0.0.1:${port}`,
    pid: () => child?.pid,
    restarts: () => restarts,
    async stop() {
      stopping = true
      const running = child
      if (!running || running.exitCode !== null) return
      await new Promise<void>((resolve) => {
        running.once('exit', () => resolve())
        running.kill('SIGTERM')
      })
    },
  }
}
