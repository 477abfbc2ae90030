// The cards of an answer, fetched block by block as they are wanted.
import { tellDoubt } from "./connection.js"
import { fetchRenewed } from "./own_routes.js"

const RENEWAL_MS = 3000

export class CardBlocks {
  constructor({ n_hits, url, block_size }, firstCards) {
    this.cards = new Array(n_hits)
    this.url = url
    this.size = block_size
    this.asked = new Set() // numbers of the blocks that are here, on their way, or did not come
    this.failed = new Map() // number of a block -> why it did not come
    this.changed = () => {}
    this.put(0, firstCards)
    this.asked.add(0)
  }

  put(first, cards) {
    cards.forEach((card, place) => (this.cards[first + place] = card))
  }

  at(place) {
    return this.cards[place]
  }

  want(first, last) {
    for (let block = Math.floor(first / this.size); block * this.size <= last; block++) {
      if (!this.asked.has(block)) this.fetch(block)
    }
  }

  // What stands in the way of cards in these places: `gone` when the server keeps them no more, `closed` when it
  // was started anew, else `failed`; null when nothing does.
  trouble(first, last) {
    for (const [block, kind] of this.failed) {
      if (block * this.size <= last && (block + 1) * this.size > first) return { kind, first: block * this.size }
    }
    return null
  }

  retry() {
    for (const block of this.failed.keys()) this.asked.delete(block)
    this.failed.clear()
  }

  async fetch(block) {
    this.asked.add(block)
    const kind = await this.load(block * this.size)
    if (kind) this.failed.set(block, kind)
    this.changed()
  }

  async load(first) {
    try {
      const response = await fetchRenewed(`${this.url}${first}`, RENEWAL_MS)
      if (response.ok) {
        this.put(first, (await response.json()).cards)
        return null
      }
      return { 403: "closed", 404: "gone" }[response.status] ?? "failed"
    } catch {
      tellDoubt() // no connection, or an answer that is cut off
      return "failed"
    }
  }
}
