// Which studies of a map are selected, and which were before. Knows no page.
import { packRows, unpackRows } from "./map_field.js"

const KEPT = 20 // selections that one can go back to

export class MapSelection {
  #flags
  #before = []

  // n: of all studies; packed: as the server keeps a selection, or nothing.
  constructor(n, packed) {
    this.#flags = new Uint8Array(n)
    for (const row of packed ? unpackRows(packed) : []) if (row < n) this.#flags[row] = 1
    this.size = this.rows.length
  }

  get rows() {
    const rows = []
    this.#flags.forEach((one, row) => one && rows.push(row))
    return rows
  }

  get packed() {
    return packRows(this.rows, this.#flags.length)
  }

  get hasBefore() {
    return this.#before.length > 0
  }

  has(row) {
    return this.#flags[row] === 1
  }

  // These alone, or these too.
  select(rows, adds) {
    this.#before = [...this.#before, this.#flags].slice(-KEPT)
    const flags = adds ? this.#flags.slice() : new Uint8Array(this.#flags.length)
    for (const row of rows) flags[row] = 1
    this.#become(flags)
  }

  back() {
    this.#become(this.#before.pop())
  }

  #become(flags) {
    this.#flags = flags
    this.size = flags.reduce((sum, one) => sum + one, 0)
  }
}
