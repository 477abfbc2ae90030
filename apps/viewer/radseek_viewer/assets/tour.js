// A tour of five steps for newcomers. It stands above the real pages, points at their real controls and never covers
// or locks them; it ends when a person wants, and is not offered twice.
import { deepActive, deepQuery } from "./deep_query.js"
import { element } from "./elements.js"
import { keptIn } from "./mounting.js"
import { STEPS } from "./tour_steps.js"

const SEEN = "radseek:tour-seen" // in the browser's own storage
const ENDED = "radseek:tour-ended"
const LOOK_MS = 250
const GAP_PX = 14

const tour = { step: null, examples: [], back: null, guide: null } // outlives the component when pages are switched

// examples: queries of this archive that find something.
export function beginTour(examples) {
  Object.assign(tour, { step: 0, examples, back: deepActive() })
  tour.guide?.show()
}

export function wasSeen() {
  try {
    return localStorage.getItem(SEEN) === "yes"
  } catch {
    return false // storage is forbidden: the tour is offered again
  }
}

// Returns what ends the listening.
export function onEnd(heard) {
  window.addEventListener(ENDED, heard)
  return () => window.removeEventListener(ENDED, heard)
}

export function setSeen() {
  try {
    localStorage.setItem(SEEN, "yes")
  } catch {
    // as above
  }
  window.dispatchEvent(new Event(ENDED))
}

export default function mountTour({ parentElement, setTriggerValue }) {
  const [guide, end] = keptIn(parentElement, "tour", newGuide)
  guide.send = (go) => setTriggerValue("go", go)
  return end
}

// One page at a time has the tour, the newest.
function newGuide(root) {
  tour.guide?.stop()
  tour.guide = new Guide(root)
  if (tour.step !== null) tour.guide.show({ takesFocus: false })
  return tour.guide
}

class Guide {
  #target = null
  #point = null

  constructor(root) {
    this.root = root
    this.title = element("h2", { id: "title" })
    this.text = element("p", { id: "text" })
    this.offers = element("div", { class: "offers" })
    this.back = button("Back", () => this.#go(-1))
    this.next = button("Next", () => this.#go(1), "main")
    this.there = button("Go to it", () => this.#focusTarget(), "", "Moves the focus to what is pointed at")
    const skip = button("Skip the tour", () => this.end(), "skip", "Ends it (Esc); About offers it again")
    this.ring = element("div", { class: "ring", popover: "manual", "aria-hidden": "true" })
    this.bubble = element("div", { class: "bubble", popover: "manual", role: "dialog", tabindex: "-1", "aria-labelledby": "title", "aria-describedby": "text" },
      this.title, this.text, this.offers, element("div", { class: "row" }, skip, this.there, this.back, this.next))
    root.replaceChildren(this.ring, this.bubble)
    this.look = () => this.#look()
    this.place = () => this.#place()
    this.onkey = (event) => event.key === "Escape" && this.end()
  }

  show({ takesFocus = true } = {}) {
    this.#hide()
    this.timer = setInterval(this.look, LOOK_MS)
    window.addEventListener("scroll", this.place, { capture: true, passive: true })
    window.addEventListener("resize", this.place)
    window.addEventListener("keydown", this.onkey)
    this.ring.showPopover()
    this.bubble.showPopover()
    this.#say(takesFocus)
  }

  stop() {
    this.#hide()
    if (tour.guide === this) tour.guide = null
  }

  #hide() {
    clearInterval(this.timer)
    window.removeEventListener("scroll", this.place, { capture: true })
    window.removeEventListener("resize", this.place)
    window.removeEventListener("keydown", this.onkey)
    if (this.bubble.isConnected) for (const node of [this.ring, this.bubble]) node.hidePopover()
    this.ring.style.display = "none" // what #place has set would show it although it is closed
  }

  end() {
    const hadFocus = this.bubble.contains(deepActive())
    tour.step = null
    this.#hide()
    setSeen() // before the focus goes back: it takes the offer away that the tour may have come from
    if (hadFocus && tour.back?.isConnected) tour.back.focus()
    else if (hadFocus) this.#focusTarget()
    tour.back = null
  }

  #go(by) {
    if (tour.step + by >= STEPS.length) return this.end()
    tour.step = Math.max(0, tour.step + by)
    this.#say(true)
  }

  #say(takesFocus) {
    const step = STEPS[tour.step]
    this.title.textContent = `Step ${tour.step + 1} of ${STEPS.length}: ${step.title}`
    this.back.hidden = tour.step === 0
    this.next.textContent = tour.step + 1 < STEPS.length ? "Next" : "Done"
    this.#target = this.#point = undefined
    this.#look()
    if (this.#target && !isInSight(this.#target)) this.#target.scrollIntoView({ block: "center" })
    this.#place()
    if (takesFocus) this.bubble.focus({ preventScroll: true })
  }

  // Pages come and go below the tour: it points at what is there now.
  #look() {
    const step = STEPS[tour.step]
    let target = null
    const point = step.points.find(({ at }) => (target = deepQuery(at, this.root.getRootNode()))) ?? null
    const isNew = point !== this.#point || target !== this.#target
    this.#target = target
    this.#point = point
    if (isNew) {
      this.text.textContent = point ? (point.text ?? step.text) : step.missing
      this.there.hidden = !target
      this.#offer(step)
    }
    this.#place()
  }

  #offer(step) {
    const [example] = tour.examples
    const card = deepQuery(".listed", this.root.getRootNode())
    const possible = {
      ask: example && (!this.#target || tour.step === 0) && ["Search: " + example, () => this.send({ to: "ask", text: example })],
      search: !this.#target && ["To the search", () => this.send({ to: "search" })],
      open: card && (!this.#target || this.#target === card) && ["Open the first hit", () => card.querySelector(".card").click()],
      results: !this.#target && ["To the results", () => this.send({ to: "results" })],
    }
    const offered = step.offers.map((name) => possible[name]).find(Boolean)
    this.offers.replaceChildren(...(offered ? [button(offered[0], offered[1])] : []))
  }

  #place() {
    const box = this.#target?.getBoundingClientRect()
    this.ring.style.display = box ? "block" : "none"
    if (box) Object.assign(this.ring.style, { left: `${box.left - 5}px`, top: `${box.top - 5}px`, width: `${box.width + 10}px`, height: `${box.height + 10}px` })
    const { left, top } = beside(box, this.bubble.getBoundingClientRect())
    Object.assign(this.bubble.style, { left: `${left}px`, top: `${top}px` })
  }

  #focusTarget() {
    const control = this.#target?.closest("a, button, input, [tabindex]") ?? this.#target?.querySelector("a, button, input, [tabindex]")
    control?.focus()
  }
}

// A place for a bubble of this size beside what it points at, wholly on the screen; the corner where there is none.
function beside(box, { width, height }) {
  const [right, bottom] = [innerWidth - width - GAP_PX, innerHeight - height - GAP_PX]
  const corner = { left: right, top: bottom }
  if (!box) return corner
  const along = Math.min(Math.max(box.left, GAP_PX), right)
  const down = Math.min(Math.max(box.top, GAP_PX), bottom)
  const places = [
    { left: along, top: box.bottom + GAP_PX },
    { left: box.right + GAP_PX, top: down },
    { left: box.left - width - GAP_PX, top: down },
    { left: along, top: box.top - height - GAP_PX },
  ]
  return places.find(({ left, top }) => left >= GAP_PX && left <= right && top >= GAP_PX && top <= bottom) ?? corner
}

function isInSight(node) {
  const { top, bottom } = node.getBoundingClientRect()
  return top >= 0 && bottom <= innerHeight
}

function button(label, action, kind = "", title = null) {
  return element("button", { type: "button", class: kind, title, onclick: action }, label)
}
