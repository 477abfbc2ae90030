// What stands in the place of a picture that cannot be shown: which one, why, and a way to try again.
import { LostServer, onBack, tellDoubt } from "./connection.js"
import { element } from "./elements.js"

export class Trouble {
  #lost = false

  // again: fetches the picture once more. It is tried by itself when a server that was lost is back.
  constructor(again) {
    this.words = element("p", {})
    const button = element("button", { type: "button", onclick: again }, "Try again")
    this.node = element("div", { class: "message", role: "alert", hidden: true }, this.words, button)
    this.unlisten = onBack(() => this.#lost && again())
  }

  tell(place, error) {
    this.#lost = error instanceof LostServer
    if (this.#lost) tellDoubt()
    this.words.textContent = `${place}${error.message}`
    this.node.hidden = false
  }

  clear() {
    this.#lost = false
    this.node.hidden = true
  }

  stop() {
    this.unlisten()
  }
}
