// Fetches frames from the viewer's own route and keeps the last ones, so that a wheel step needs no network.
import { fetchBytes, unpacked } from "./own_routes.js"

const KEEP_BYTES = 256 * 1024 * 1024 // a 300-slice CT of 512 x 512 takes 157 MB
const MOST_AT_ONCE = 4 // requests under way; a browser opens six connections to a server, and thumbnails need some

// Wire format: radseek_viewer/frame_wire.py. Little-endian 16-bit pixels.
export function decodeFrame(buffer) {
  const { header, start } = unpacked(buffer)
  const n = header.rows * header.cols
  const codes = header.signed ? new Int16Array(buffer, start, n) : new Uint16Array(buffer, start, n)
  return { ...header, codes }
}

export class FrameStore {
  #frames = new Map() // url -> frame, least recently used first
  #bytes = 0
  #underWay = new Map() // url -> promise of a frame
  #wanted = new Map() // who asks -> { url, resolve, reject }: the newest wish of each viewer, before all else
  #ahead = new Map() // who asks -> urls to be fetched when nothing else is

  constructor({ keepBytes = KEEP_BYTES, fetchFrame = fetchFromServer } = {}) {
    this.keepBytes = keepBytes
    this.fetchFrame = fetchFrame
  }

  get bytes() {
    return this.#bytes
  }

  // Promises the frame. Of one `asker` only the newest wish counts: an older one not yet sent is answered with null.
  get(url, asker = null) {
    const known = this.#frames.get(url)
    this.#wanted.get(asker)?.resolve(null)
    this.#wanted.delete(asker)
    if (known) {
      this.#touch(url, known)
      return Promise.resolve(known)
    }
    if (this.#underWay.has(url)) return this.#underWay.get(url)
    return new Promise((resolve, reject) => {
      this.#wanted.set(asker, { url, resolve, reject })
      this.#pump()
    })
  }

  // Fetches these when there is time for it, in this order; what the same asker named before and waits still is dropped.
  prefetch(urls, asker = null) {
    this.#ahead.set(asker, [...urls])
    this.#pump()
  }

  // A viewer that is gone wants nothing more.
  leave(asker) {
    this.#wanted.get(asker)?.resolve(null)
    this.#wanted.delete(asker)
    this.#ahead.delete(asker)
  }

  #pump() {
    while (this.#underWay.size < MOST_AT_ONCE) {
      const [asker, wish] = this.#wanted.entries().next().value ?? []
      if (wish) {
        this.#wanted.delete(asker)
        this.#start(wish.url).then(wish.resolve, wish.reject)
        continue
      }
      // one connection stays free for what a person asks next
      const url = this.#underWay.size < MOST_AT_ONCE - 1 ? this.#nextAhead() : undefined
      if (url === undefined) return
      this.#start(url).catch(() => {})
    }
  }

  #nextAhead() {
    for (const urls of this.#ahead.values()) {
      while (urls.length) {
        const url = urls.shift()
        if (!this.#frames.has(url) && !this.#underWay.has(url)) return url
      }
    }
    return undefined
  }

  #start(url) {
    if (this.#underWay.has(url)) return this.#underWay.get(url)
    if (this.#frames.has(url)) return Promise.resolve(this.#frames.get(url)) // came for another viewer while this one waited
    const promise = this.fetchFrame(url)
      .then((frame) => {
        this.#keep(url, frame)
        return frame
      })
      .finally(() => {
        this.#underWay.delete(url)
        this.#pump()
      })
    this.#underWay.set(url, promise)
    return promise
  }

  #touch(url, frame) {
    this.#frames.delete(url)
    this.#frames.set(url, frame)
  }

  #keep(url, frame) {
    this.#touch(url, frame)
    this.#bytes += frame.codes.buffer.byteLength
    for (const [old, { codes }] of this.#frames) {
      if (this.#bytes <= this.keepBytes || old === url) return
      this.#bytes -= codes.buffer.byteLength
      this.#frames.delete(old)
    }
  }
}

async function fetchFromServer(url) {
  return decodeFrame(await fetchBytes(url, "The picture cannot be fetched."))
}
