// A study's picture that others are compared with: choose one of several, draw the part that counts.
import { element, refill } from "./elements.js"
import { drawnIn } from "./mounting.js"

const SMALLEST = 0.04 // of the picture's longer side: less is a slip of the hand
const STEP = 0.02
const FIRST = { left: 0.35, top: 0.35, right: 0.65, bottom: 0.65 }

export default function mountAskedPicture({ data, parentElement, setTriggerValue }) {
  const choose = (image_key, region) => setTriggerValue("choose", { image_key, region })
  const open = data.pictures.find(({ image_key }) => image_key === data.open)
  return drawnIn(parentElement, "asked", (root) => refill(root,
    ...(open ? [drawable(open, data.region, (region) => choose(open.image_key, region))] : []),
    ...(data.pictures.length > 1 ? [strip(data, choose)] : []),
  ))
}

function strip({ pictures, open }, choose) {
  const buttons = pictures.map(({ image_key, thumbnail, label }) =>
    element(
      "button",
      {
        type: "button",
        title: label,
        "aria-label": label,
        "aria-pressed": String(image_key === open),
        data: { name: image_key },
        onclick: () => choose(image_key, null),
      },
      element("img", { src: thumbnail, alt: "", loading: "lazy", draggable: "false" }),
    ),
  )
  return element("div", { class: "strip", role: "group", "aria-label": "Pictures of this study" }, ...buttons)
}

function drawable(picture, region, done) {
  const box = new DrawnBox(region, { done, left: () => part.focus() })
  const image = element("img", { src: picture.thumbnail, alt: picture.label, draggable: "false" })
  image.addEventListener("error", () => image.replaceWith(element("p", { class: "missing" }, "Picture not available")))
  const frame = element("div", { class: "frame" }, image, box.node)
  box.listen(frame)
  const part = element("button", { type: "button", onclick: () => box.begin() }, "Choose a part")
  const whole = element("button", { type: "button", hidden: !region, onclick: () => done(null) }, "Whole picture")
  const told = "Drag on the picture to search with a part of it."
  return element("div", { class: "open" }, frame, element("p", { class: "told" }, told), element("div", { class: "row" }, part, whole))
}

// A rectangle in fractions of the picture's width and height, drawn by pointer or moved by keys.
class DrawnBox {
  // done: gets the rectangle that is chosen; left: takes the focus when none is.
  constructor(region, { done, left }) {
    Object.assign(this, { region, done, left })
    this.node = element("div", {
      class: "box",
      data: { name: "part" },
      tabindex: "0",
      role: "group",
      "aria-label": "Part of the picture: arrows move it, Shift and arrows size it, Enter searches, Escape takes it back",
      onkeydown: (event) => this.#key(event),
    })
    this.asked = region
    this.#place()
  }

  begin() {
    this.region ??= { ...FIRST }
    this.#place()
    this.node.focus()
  }

  listen(frame) {
    let from = null
    let hasMoved = false // else it is a click, which searches for nothing
    frame.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return
      event.preventDefault()
      frame.setPointerCapture(event.pointerId)
      from = pointIn(frame, event)
      hasMoved = false
    })
    frame.addEventListener("pointermove", (event) => {
      if (!from) return
      hasMoved = true
      const to = pointIn(frame, event)
      const [left, right] = [from.x, to.x].sort((a, b) => a - b)
      const [top, bottom] = [from.y, to.y].sort((a, b) => a - b)
      this.region = { left, top, right, bottom }
      this.#place()
    })
    frame.addEventListener("pointerup", () => {
      const isDrawn = from && hasMoved
      from = null
      if (isDrawn) this.#finish()
    })
    frame.addEventListener("pointercancel", () => {
      from = null
      this.#takeBack()
    })
  }

  #finish() {
    const { left, top, right, bottom } = this.region
    if (right - left < SMALLEST || bottom - top < SMALLEST) this.#takeBack()
    else this.done(this.region)
  }

  // A hidden box cannot keep the focus.
  #leave() {
    this.#takeBack()
    if (this.node.hidden) this.left()
  }

  #takeBack() {
    this.region = this.asked
    this.#place()
  }

  #key(event) {
    const move = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[event.key]
    if (event.key === "Enter") this.#finish()
    else if (event.key === "Escape") this.#leave()
    else if (move) this.region = event.shiftKey ? sized(this.region, move) : moved(this.region, move)
    else return
    event.preventDefault()
    this.#place()
  }

  #place() {
    this.node.hidden = !this.region
    if (!this.region) return
    const { left, top, right, bottom } = this.region
    const percent = (share) => `${100 * share}%`
    Object.assign(this.node.style, { left: percent(left), top: percent(top), width: percent(right - left), height: percent(bottom - top) })
  }
}

const within = (value, low, high) => Math.min(high, Math.max(low, value))

function moved({ left, top, right, bottom }, [dx, dy]) {
  const x = within(dx, -left, 1 - right)
  const y = within(dy, -top, 1 - bottom)
  return { left: left + x, top: top + y, right: right + x, bottom: bottom + y }
}

function sized({ left, top, right, bottom }, [dx, dy]) {
  return { left, top, right: within(right + dx, left + SMALLEST, 1), bottom: within(bottom + dy, top + SMALLEST, 1) }
}

function pointIn(frame, event) {
  const box = frame.getBoundingClientRect()
  return { x: within((event.clientX - box.left) / box.width, 0, 1), y: within((event.clientY - box.top) / box.height, 0, 1) }
}
