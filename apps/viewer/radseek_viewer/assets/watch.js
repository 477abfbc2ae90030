// Keeps an eye on the viewer's server: says what is so while it does not answer, and tells the page when it is back.
// Streamlit's own dialog would cover the page and speak of the internet; it is dismissed as soon as it comes.
import { askServer, onDoubt, tellBack } from "./connection.js"
import { element } from "./elements.js"
import { keptIn } from "./mounting.js"

const CALM_MS = 15_000
const ANXIOUS_MS = 2_000
const PATIENCE_MS = 8_000
const WORDS = {
  lost: "The viewer's server does not answer: it was stopped, or the connection to it is lost.",
  silent: "The viewer's server has not answered for a while: it is busy, or it hangs.",
}
const MEANWHILE = "What you see stays. The page goes on by itself when the server is back."
const DIALOG_TITLE = "Connection error"

export default function mountWatch({ parentElement }) {
  const [, end] = keptIn(parentElement, "watch", (root) => new Watch(root))
  return end
}

class Watch {
  #state = "here"
  #asking = false
  #timer = null

  constructor(root) {
    this.bar = element("div", { class: "lost", role: "alert", hidden: true })
    root.replaceChildren(this.bar)
    const look = () => this.#look()
    this.unlisten = onDoubt(look)
    document.addEventListener("visibilitychange", look)
    this.dialogs = new MutationObserver(dismissDialog)
    this.dialogs.observe(document.body, { childList: true })
    this.connection = new MutationObserver(look)
    const app = document.querySelector("[data-test-connection-state]")
    if (app) this.connection.observe(app, { attributes: true, attributeFilter: ["data-test-connection-state"] })
    this.end = () => document.removeEventListener("visibilitychange", look)
    this.#plan()
  }

  stop() {
    clearTimeout(this.#timer)
    this.#asking = true
    for (const observer of [this.dialogs, this.connection]) observer.disconnect()
    this.unlisten()
    this.end()
  }

  #plan() {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#look(), this.#state === "here" ? CALM_MS : ANXIOUS_MS)
  }

  async #look() {
    if (this.#asking || document.hidden) return this.#asking || this.#plan()
    this.#asking = true
    const state = await askServer(PATIENCE_MS)
    if (!this.bar.isConnected) return
    this.#asking = false
    this.#become(state)
    this.#plan()
  }

  #become(state) {
    if (state === this.#state) return
    this.#state = state
    this.bar.hidden = state === "here"
    this.bar.replaceChildren(...(state === "here" ? [] : [element("strong", {}, WORDS[state]), ` ${MEANWHILE}`]))
    if (state === "here") tellBack()
  }
}

function dismissDialog() {
  for (const dialog of document.querySelectorAll("[role='dialog']")) {
    if (dialog.textContent.includes(DIALOG_TITLE)) dialog.querySelector("button[aria-label='Close']")?.click()
  }
}
