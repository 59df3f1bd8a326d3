/** The one way a WordPress REST route refuses: a code, a message and a status, thrown by handlers and turned into JSON at the door. */

export class RestError extends Error {
  readonly status: number
  /** Fulfilments answer the NUMBER 0 here. */
  readonly code: string | number
  readonly data: unknown

  constructor(status: number, code: string | number, message: string, data: unknown = { status }) {
    super(message)
    this.name = 'RestError'
    this.status = status
    this.code = code
    this.data = data
  }

  body(): { code: string | number; message: string; data: unknown } {
    return { code: this.code, message: this.message, data: this.data }
  }
}

export const noRoute = () =>
  new RestError(404, 'rest_no_route', 'No route was found matching the URL and request method.')

export interface BadParam {
  readonly param: string
  readonly code: string
  readonly message: string
  readonly data: unknown
}

/** 400 `rest_invalid_param`, with every bad parameter named twice as WordPress does. */
export function invalidParams(bad: readonly BadParam[]): RestError {
  const names = bad.map(({ param }) => param).join(', ')
  return new RestError(400, 'rest_invalid_param', `Invalid parameter(s): ${names}`, {
    status: 400,
    params: Object.fromEntries(bad.map(({ param, message }) => [param, message])),
    details: Object.fromEntries(bad.map(({ param, code, message, data }) => [param, { code, message, data }])),
  })
}
