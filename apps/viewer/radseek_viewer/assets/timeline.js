// The studies of a patient on a line of time: a card each, as near to its own time as there is room for.
import { element, svg } from "./elements.js"
import { keptIn } from "./mounting.js"
import { lengthWords, placeApart, placeInOrder, ticks } from "./time_axis.js"

const CARD_PX = 104 // a card with the gap beside it
const LOOSE = 2.2 // with few studies, the line is at most so many times as long as their cards need
const AXIS_PX = 58 // height of axis and leaders
const FURTHEST_PX = 2.5 * CARD_PX // a card that would stand further from its own time than this is put in order instead
const APART_PX = 24 // between the line and the undated studies, with the frame's own edge
const WIDEST_PX = 96 // most that a long time adds between two cards in order
const LEAST_WORDS_PX = 40 // a time between two cards in order is named where there is so much room

const SHAPES = {
  square: "M2.5 2.5h11v11h-11z",
  circle: "M8 2a6 6 0 1 1 0 12A6 6 0 1 1 8 2z",
  diamond: "M8 1.2 14.8 8 8 14.8 1.2 8z",
  triangle: "M8 1.8 14.8 14H1.2z",
  hexagon: "M4.6 2h6.8L14.8 8l-3.4 6H4.6L1.2 8z",
  pentagon: "M8 1.4l6.8 5-2.6 8H3.8l-2.6-8z",
  lines: "M2 3h12v2H2zM2 7h12v2H2zM2 11h8v2H2z",
}

export default function mountTimeline({ data, parentElement, setTriggerValue }) {
  const [timeline, end] = keptIn(parentElement, "timeline", (root) => new Timeline(root))
  timeline.open = (study) => setTriggerValue("open", study.study_key)
  timeline.compare = (study) => setTriggerValue("compare", study.study_key)
  timeline.load(data)
  return end
}

class Timeline {
  #data = null
  #cards = [] // in the order of the studies
  #px = 0

  constructor(root) {
    this.root = root
    this.earlier = element("button", { type: "button", title: "Opens the study before this one ( [ )", onclick: () => this.#step(-1) }, "‹ Earlier")
    this.later = element("button", { type: "button", title: "Opens the study after this one ( ] )", onclick: () => this.#step(1) }, "Later ›")
    this.asked = element("span", { class: "asked" })
    this.axis = svg("svg", { class: "axis", "aria-hidden": "true" })
    this.dated = element("ol", { class: "dated", "aria-label": "Studies in time" })
    this.track = element("div", { class: "track" }, this.axis, this.dated)
    this.undated = element("ol", { "aria-label": "Studies whose date is not known" })
    this.apart = element("div", { class: "apart" }, element("span", { class: "apartwords" }, "Date not known"), this.undated)
    this.scroller = element("div", { class: "scroller" }, this.track, this.apart)
    this.told = element("div", { class: "told" })
    this.spoken = element("span", { class: "spoken", role: "status" })
    const row = element("div", { class: "row" }, element("span", { class: "group" }, this.earlier, this.later), this.asked, this.spoken)
    root.replaceChildren(row, this.scroller, this.told)
    this.scroller.addEventListener("keydown", (event) => this.#moveFocus(event))
    this.onkeydown = (event) => this.#heardKey(event)
    window.addEventListener("keydown", this.onkeydown)
    this.observer = new ResizeObserver(() => this.#layOut())
    this.observer.observe(root)
  }

  load(data) {
    if (JSON.stringify(data) === JSON.stringify(this.#data)) return
    this.#data = data
    this.#cards = data.studies.map((study) => this.#card(study))
    this.dated.replaceChildren(...this.#cards.filter((_, i) => this.#isDated(i)))
    this.undated.replaceChildren(...this.#cards.filter((_, i) => !this.#isDated(i)))
    this.track.hidden = !this.dated.children.length
    this.apart.hidden = !this.undated.children.length
    this.earlier.disabled = !this.#neighbour(-1)
    this.later.disabled = !this.#neighbour(1)
    this.#px = 0
    this.#layOut()
    this.#tell(this.#here)
    this.#makeReachable(this.#here)
    this.spoken.textContent = ""
  }

  stop() {
    window.removeEventListener("keydown", this.onkeydown)
    this.observer.disconnect()
  }

  get #here() {
    return Math.max(0, this.#data.studies.findIndex((study) => study.study_key === this.#data.here))
  }

  // Where the open study has no date, no distance is known: all stand in their order.
  #isDated(i) {
    const { studies } = this.#data
    return studies[i].days !== null && studies.some((study, other) => other !== this.#here && study.days !== null)
  }

  #neighbour(by) {
    const place = this.#here + by
    return this.#isDated(this.#here) && this.#data.studies[place] && this.#isDated(place) ? this.#data.studies[place] : null
  }

  #step(by) {
    const study = this.#neighbour(by)
    if (study) this.open(study)
    else this.spoken.textContent = `There is no ${by < 0 ? "earlier" : "later"} study of this patient here.`
  }

  // Brackets need AltGr or Option on many keyboards, so those do not forbid them.
  #heardKey(event) {
    const by = { "[": -1, "]": 1 }[event.key]
    if (!by || event.defaultPrevented || event.metaKey || (event.ctrlKey && !event.getModifierState("AltGraph"))) return
    const [at] = event.composedPath()
    if (at instanceof Element && at.closest("input:not([type=range]), textarea, select, [contenteditable=true]")) return
    event.preventDefault()
    this.#step(by)
  }

  // --- cards --------------------------------------------------------------------------------------------------

  #card(study) {
    const isHere = study.study_key === this.#data.here
    const link = element(
      "a",
      { class: "study", href: study.href, "aria-label": study.label, "aria-current": isHere ? "page" : null, data: { study: study.study_key } },
      element("span", { class: "kind" }, shape(study.shape), element("span", {}, study.letters), study.is_hit ? element("span", { class: "hit", title: "A hit of the last search" }, "★") : null),
      picture(study),
      element("span", { class: "when" }, study.when),
      study.told.length ? element("span", { class: "marks" }, ...study.told.slice(0, 3).map(mark)) : null,
    )
    const compare = isHere ? element("span", { class: "open" }, "Is open") : element("button", {
      type: "button", "aria-label": `Compare with ${study.title}, ${study.when}`, title: "Puts it beside the open study", onclick: () => this.compare(study),
    }, "Compare")
    const item = element("li", { class: isHere ? "here" : "" }, link, compare)
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return // a new tab or window, as people expect of a link
      event.preventDefault()
      if (!isHere) this.open(study)
    })
    const place = () => this.#cards.indexOf(item)
    item.addEventListener("pointerenter", () => this.#tell(place()))
    item.addEventListener("pointerleave", () => this.#tell(this.#focused ?? this.#here))
    item.addEventListener("focusin", () => (this.#tell(place()), this.#makeReachable(place())))
    item.addEventListener("focusout", () => this.#tell(this.#here))
    return item
  }

  get #focused() {
    const place = this.#cards.findIndex((card) => card.contains(this.root.getRootNode().activeElement))
    return place < 0 ? null : place
  }

  // One card at a time is reached by Tab; arrows go from card to card.
  #makeReachable(place) {
    for (const [i, card] of this.#cards.entries()) {
      for (const node of card.querySelectorAll("a, button")) node.tabIndex = i === place ? 0 : -1
    }
  }

  #moveFocus(event) {
    const from = this.#focused
    const to = { ArrowRight: from + 1, ArrowLeft: from - 1, Home: 0, End: this.#cards.length - 1 }[event.key]
    if (from === null || to === undefined) return
    event.preventDefault()
    this.#cards[to]?.querySelector("a").focus()
  }

  // What the pointed or focused study is, in a place that is always there.
  #tell(place) {
    const study = this.#data.studies[place]
    if (!study) return
    const days = study.days ? `${Math.abs(study.days).toLocaleString("en")} day${Math.abs(study.days) === 1 ? "" : "s"} ${study.days < 0 ? "before" : "later"}` : study.when
    const { sentence } = study
    this.told.replaceChildren(
      element("p", { class: "what" }, element("b", {}, study.title), ` · ${[study.year, days].filter(Boolean).join(" · ")}`,
        ...study.told.flatMap((finding) => [" ", element("span", { class: `mark ${finding.tone}` }, `${finding.sign} ${finding.title}: ${finding.word}`)])),
      sentence
        ? element("p", { class: `says ${sentence.tone}`, dir: "auto" }, ...sentence.pieces.map(({ text, answers }) => (answers ? element("em", {}, text) : text)))
        : element("p", { class: "says none" }, study.told.length ? "Its report does not mention it." : ""),
    )
  }

  // --- places -------------------------------------------------------------------------------------------------

  #layOut() {
    const room = this.root.clientWidth - (this.apart.hidden ? 0 : this.apart.offsetWidth + APART_PX)
    if (!this.#data || !this.root.clientWidth || room === this.#px) return
    this.#px = room
    const dated = this.#data.studies.map((study, i) => ({ study, card: this.#cards[i] })).filter((_, i) => this.#isDated(i))
    if (!dated.length) return this.#head(true)
    const days = dated.map(({ study }) => study.days)
    const scaled = toScale(days, room)
    const { width, places, dots, marks } = scaled ?? inOrder(days)
    this.#head(Boolean(scaled))
    this.track.style.width = `${width}px`
    for (const [i, { card }] of dated.entries()) card.style.left = `${places[i] - CARD_PX / 2}px`
    this.#drawAxis(width, dated.map(({ study }, i) => ({ study, from: dots[i], to: places[i] })), marks)
    this.#showHere()
  }

  #head(isToScale) {
    const { asked, n_left_out } = this.#data
    const parts = [
      asked && `What the reports say of: ${asked}`,
      !isToScale && "in order, not to scale",
      n_left_out && `${n_left_out} more lie further away in time`,
    ]
    this.asked.textContent = parts.filter(Boolean).join(" · ")
  }

  #drawAxis(width, lines, marks) {
    const nameOf = (name, { study }) => (study.study_key === this.#data.here ? `${name} here` : name)
    this.axis.setAttribute("width", width)
    this.axis.setAttribute("height", AXIS_PX)
    this.axis.replaceChildren(
      svg("path", { d: `M0 22H${width}`, class: "time" }),
      ...marks.map(({ x, words }) => svg("text", { x: Math.min(Math.max(x, 46), width - 46), y: 12 }, words)),
      ...marks.filter((one) => one.isTick).map(({ x }) => svg("path", { d: `M${x} 16V22`, class: "time" })),
      ...lines.map((line) => svg("path", { d: `M${line.from} 22V30L${line.to} ${AXIS_PX - 8}V${AXIS_PX}`, class: nameOf("leader", line) })),
      ...lines.map((line) => svg("circle", { cx: line.from, cy: 22, r: 4, class: nameOf("dot", line) })),
    )
  }

  // Scrolls the line alone: `scrollIntoView` would move the page as well.
  #showHere() {
    const card = this.#cards[this.#here]
    this.scroller.scrollLeft = card.offsetLeft + CARD_PX / 2 - this.scroller.clientWidth / 2
  }
}

// Each card at its own time, or as near to it as the others let it; null where one would stand too far away.
function toScale(days, room) {
  const width = Math.max(days.length * CARD_PX, Math.min(room, days.length * CARD_PX * LOOSE))
  const [low, high] = [CARD_PX / 2, width - CARD_PX / 2]
  const span = days.at(-1) - days[0]
  const xOf = (day) => (span ? low + ((day - days[0]) / span) * (high - low) : width / 2)
  const dots = days.map(xOf)
  const places = placeApart(dots, CARD_PX, low, high)
  if (span && places.some((place, i) => Math.abs(place - dots[i]) > FURTHEST_PX)) return null
  const marks = span ? ticks(days[0], days.at(-1), high - low).map(({ days, words }) => ({ x: xOf(days), words, isTick: true })) : []
  return { width, places, dots, marks }
}

// Cards side by side; where much time lies between two it is named.
function inOrder(days) {
  const places = placeInOrder(days, CARD_PX, WIDEST_PX)
  const marks = places.slice(1).map((place, i) => ({ x: (place + places[i]) / 2, room: place - places[i] - CARD_PX, words: lengthWords(days[i + 1] - days[i]) }))
  return { width: places.at(-1) + CARD_PX / 2, places, dots: places, marks: marks.filter(({ room }) => room > LEAST_WORDS_PX) }
}

function picture({ thumbnail }) {
  const frame = element("span", { class: "thumb" })
  const missing = (words) => frame.replaceChildren(element("span", {}, words))
  if (!thumbnail) missing("Report only")
  else frame.append(element("img", { src: thumbnail, alt: "", loading: "lazy", decoding: "async", draggable: "false", onerror: () => missing("No picture") }))
  return frame
}

function mark({ tone, sign, word, title }) {
  return element("span", { class: `mark ${tone}`, title: `${title}: ${word}` }, sign, " ", word)
}

function shape(name) {
  return svg("svg", { viewBox: "0 0 16 16", class: "shape", "aria-hidden": "true" }, svg("path", { d: SHAPES[name] }))
}
