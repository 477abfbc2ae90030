// Fetches frames from the viewer's own route and keeps the last ones, so that a wheel step needs no network.
// Wire format (radseek_viewer/frame_wire.py): uint32 header length, JSON header padded to 4 bytes, little-endian 16-bit pixels.

const KEEP_BYTES = 256 * 1024 * 1024 // a 300-slice CT of 512 x 512 takes 157 MB

export function decodeFrame(buffer) {
  const length = new DataView(buffer).getUint32(0, true)
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)))
  const start = 4 + Math.ceil(length / 4) * 4
  const n = header.rows * header.cols
  const codes = header.signed ? new Int16Array(buffer, start, n) : new Uint16Array(buffer, start, n)
  return { ...header, codes }
}

export class FrameStore {
  #frames = new Map() // url -> promise of a frame, least recently used first
  #sizes = new Map()
  #bytes = 0

  get(url) {
    const known = this.#frames.get(url)
    if (known) {
      this.#frames.delete(url)
      this.#frames.set(url, known)
      return known
    }
    const promise = this.#fetch(url)
    this.#frames.set(url, promise)
    promise.catch(() => this.#frames.delete(url))
    return promise
  }

  async #fetch(url) {
    const response = await fetch(url, { credentials: "same-origin" })
    if (!response.ok) throw new Error(await messageOf(response))
    const buffer = await response.arrayBuffer()
    this.#sizes.set(url, buffer.byteLength)
    this.#bytes += buffer.byteLength
    this.#evict(url)
    return decodeFrame(buffer)
  }

  #evict(newest) {
    for (const url of this.#frames.keys()) {
      if (this.#bytes <= KEEP_BYTES) return
      if (url === newest || !this.#sizes.has(url)) continue
      this.#bytes -= this.#sizes.get(url)
      this.#sizes.delete(url)
      this.#frames.delete(url)
    }
  }
}

async function messageOf(response) {
  try {
    return (await response.json()).message
  } catch {
    return response.status === 403 ? "The viewer was restarted. Reload this page." : "The picture cannot be fetched."
  }
}
