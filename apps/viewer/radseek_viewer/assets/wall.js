// The wall of results: one card a study, and the sentences people see when there is nothing to show.
import { element, refill, rootOf } from "./elements.js"
import { keptIn } from "./mounting.js"
import { cardNode, showMap } from "./wall_card.js"
import { ScrollingWall } from "./wall_scroll.js"

export default function mountWall({ data, parentElement, setTriggerValue }) {
  const [wall, end] = keptIn(parentElement, "wall", (root) => new Wall(root))
  const act = {
    open: ({ study_key, image_key }) => setTriggerValue("open", { study_key, image_key }),
    ask: ({ image_key }, unlike) => setTriggerValue("picture", { image_key, unlike }),
    pick: ({ study_key }) => setTriggerValue("pick", study_key),
  }
  refill(
    wall.head,
    ...(data.lead ? [element("h2", { class: "lead" }, data.lead.title), element("p", {}, data.lead.text)] : []),
    ...(data.chips?.length ? [askedChips(data.chips, setTriggerValue)] : []),
    ...(data.notices ?? []).map(notice),
    ...(data.examples?.length ? [exampleChips(data.examples, setTriggerValue)] : []),
    ...(data.tips?.length ? [element("div", { class: "tips" }, ...data.tips.map(tip))] : []),
    ...(data.cards?.length && !data.answer ? [grid(data.cards, act)] : []),
    ...(data.misses ? [element("h3", { class: "apart" }, data.misses.heading), grid(data.misses.cards, act, "misses")] : []),
  )
  wall.showAnswer(data, setTriggerValue, act)
  return end
}

class Wall {
  #scrolling = null // the cards of an answer

  constructor(root) {
    this.root = root
    this.head = rootOf(root, "head")
  }

  showAnswer({ answer, cards }, send, act) {
    if (!answer) return this.stop()
    this.#scrolling ??= new ScrollingWall(this.root, send, act)
    this.#scrolling.load(answer, cards)
  }

  stop() {
    this.#scrolling?.stop()
    this.#scrolling = null
  }
}

function notice({ kind, title, text }) {
  return element(
    "div",
    { class: `notice ${kind}`, role: kind === "error" ? "alert" : "status" },
    element("strong", {}, title),
    element("span", {}, text),
  )
}

function askedChips(chips, setTriggerValue) {
  const nodes = chips.map(({ key, label, dropped, thumbnail }) =>
    element(
      "button",
      {
        type: "button",
        class: dropped ? "chip asked dropped" : "chip asked",
        "aria-pressed": dropped ? "false" : "true",
        data: { name: key },
        title: dropped ? "Not asked. Click to ask it again" : "Click to take it out",
        onclick: () => setTriggerValue("chip", { key, label }),
      },
      thumbnail ? element("img", { src: thumbnail, alt: "", draggable: "false" }) : null,
      element("span", { class: "words" }, label),
      element("span", { class: "sign", "aria-hidden": "true" }, dropped ? "+" : "×"),
    ),
  )
  return element("div", { class: "chips", role: "group", "aria-label": "What was understood" }, ...nodes)
}

function tip({ title, text }) {
  return element("div", { class: "tip" }, element("strong", {}, title), element("span", {}, text))
}

function exampleChips(examples, setTriggerValue) {
  const chips = examples.map((text) =>
    element("button", { type: "button", class: "chip", onclick: () => setTriggerValue("example", text) }, text),
  )
  return element("div", { class: "chips", role: "group", "aria-label": "Example searches" }, ...chips)
}

function grid(cards, act, kind = "") {
  const nodes = cards.map((card, place) => {
    const node = cardNode(card, act, `${kind || "card"}-${place}`)
    showMap(node, card, true)
    return node
  })
  const list = element("div", { class: `cards ${kind}`, role: "list" }, ...nodes)
  list.addEventListener("keydown", moveFocus)
  return list
}

const STEPS = { ArrowRight: 1, ArrowLeft: -1 }

function moveFocus(event) {
  const cards = [...event.currentTarget.querySelectorAll(".card")]
  const here = cards.indexOf(event.target.closest(".card"))
  const perRow = cards.filter((card) => card.getBoundingClientRect().top === cards[0].getBoundingClientRect().top).length
  const step = STEPS[event.key] ?? { ArrowDown: perRow, ArrowUp: -perRow }[event.key]
  if (here < 0 || step === undefined) return
  const next = cards[here + step]
  if (!next) return
  event.preventDefault()
  next.focus()
}
