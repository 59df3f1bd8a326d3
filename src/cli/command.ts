/** What a command of the command line is, and the JSON API that it asks. */

export interface Api {
  get(path: string): Promise<unknown>
  post(path: string, body?: unknown): Promise<unknown>
  patch(path: string, body: unknown): Promise<unknown>
  put(path: string, body: unknown): Promise<unknown>
  delete(path: string): Promise<unknown>
  /** Up to `limit` rows of a list, page after page. */
  list(path: string, limit: number, filters?: Readonly<Record<string, string | undefined>>): Promise<unknown[]>
}

export interface Asked {
  readonly api: Api
  readonly words: readonly string[]
  readonly options: {
    readonly account?: string
    readonly listing?: string
    readonly sku?: string
    readonly phase?: string
    readonly reason?: string
    readonly by?: string
    readonly carrier?: string
    readonly 'dry-run'?: boolean
    readonly at?: string
    readonly lang?: string
    readonly from?: string
    readonly until?: string
  }
  readonly limit: number
}

export interface Command {
  readonly takes: readonly string[]
  run(asked: Asked): Promise<unknown>
  show(answer: unknown): string
  /** The exit code; 0 where absent. */
  code?(answer: unknown): number
}
